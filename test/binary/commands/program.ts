/** Runs commands of the executable in a folder, as a person with nothing else would. */
import { EXECUTABLE } from "../../server.ts";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Without a network where the system can take it away: https://man7.org/linux/man-pages/man1/unshare.1.html */
const OFFLINE: readonly string[] = findUnshare();

function findUnshare(): string[] {
  const path = Bun.which("unshare");
  if (path === null) return [];
  const command = [path, "--map-root-user", "--net"];
  return Bun.spawnSync([...command, "true"]).exitCode === 0 ? command : [];
}

/** @param folder where the command is started */
export async function runProgram(
  folder: string,
  argv: readonly string[],
  options: { stdin?: string; isOnline?: boolean; program?: string } = {},
): Promise<Ended> {
  const { stdin = "", isOnline = false, program = EXECUTABLE } = options;
  const child = Bun.spawn([...(isOnline ? [] : OFFLINE), program, ...argv], {
    cwd: folder,
    env: { HOME: folder, PATH: "/nowhere" },
    stdin: Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { code, out, err };
}
