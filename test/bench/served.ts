/** The servers that are measured, each a process of its own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");
const EXECUTABLE = join(ROOT, "dist", "actiond");
export const ACTIONS = join(import.meta.dir, "actions");

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from the start of the process to the address that it said. */
  readonly startMs: number;
  /** Bytes of memory it takes now. */
  memory(): number;
}

/**
 * @param options more of the command line of `actiond serve`
 * @param process.environment besides that of this process
 * @param process.errorsTo a file that gets its standard error
 */
export async function serveActions(
  data: string,
  options: readonly string[] = [],
  process: Started = {},
): Promise<Served> {
  const own = ["--actions", ACTIONS, "--data", data, "--port", "0"];
  return start(
    [EXECUTABLE, "serve", ...own, "--log-level", "warn", ...options],
    process,
  );
}

/** The bare Elysia route with the same schemas. */
export async function serveBare(): Promise<Served> {
  return start([process.execPath, join(import.meta.dir, "bare.ts")]);
}

/** A folder that is gone with its user. */
export function makeFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "actiond-bench-"));
  return {
    path,
    [Symbol.dispose]: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

interface Started {
  readonly environment?: Record<string, string>;
  readonly errorsTo?: string;
}

async function start(
  command: readonly string[],
  { environment, errorsTo }: Started = {},
): Promise<Served> {
  const startedAt = performance.now();
  const child = Bun.spawn([...command], {
    stdout: "pipe",
    stderr: errorsTo === undefined ? "inherit" : Bun.file(errorsTo),
    env: { ...process.env, ...environment },
  });
  const url = await readUrl(child.stdout);
  if (url === undefined) throw new Error(`${command.join(" ")} did not start.`);
  return {
    url,
    pid: child.pid,
    startMs: performance.now() - startedAt,
    memory: () => readMemory(child.pid),
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

async function readUrl(
  stream: ReadableStream<Uint8Array>,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return undefined;
    text += decoder.decode(value, { stream: true });
    const [, url] = /listening on (\S+)\n/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
}

function readMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
