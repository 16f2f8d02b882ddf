/** Where the tests of a run put their files: in memory, where there is much of it, because they make many and keep none. */
import { mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { PREFIX } from "../temporary-prefix.ts";

const MEMORY = "/dev/shm";
/** Executables and a browser are among them. */
const MIN_BYTES = 4 * 1024 ** 3;

/** @returns a new folder, which is removed when somebody ends this process */
export function makeRunFolder(): string {
  const folder = mkdtempSync(join(isMuchMemory() ? MEMORY : tmpdir(), PREFIX));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(128 + constants.signals[signal]);
    });
  return folder;
}

/** Whether there is a file system in memory that is large, and from which programs may be started. */
function isMuchMemory(): boolean {
  try {
    const mount = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .findLast((line) => line.split(" ")[1] === MEMORY);
    const [, , kind, options = ""] = mount?.split(" ") ?? [];
    const { bavail, bsize } = statfsSync(MEMORY);
    return (
      kind === "tmpfs" &&
      !options.split(",").includes("noexec") &&
      bavail * bsize >= MIN_BYTES
    );
  } catch {
    return false;
  }
}
