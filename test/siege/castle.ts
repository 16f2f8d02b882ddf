/** The executable under attack: its memory is limited, and it is watched the whole time. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  EXECUTABLE,
  makeTemporaryFolder,
  startExecutable,
  type TestProcess,
} from "../server.ts";

const ACTIONS = join(import.meta.dir, "actions");
const LOOK_MS = 20;

export interface Watch {
  /** The longest time that `/health/live` took, in milliseconds. */
  readonly worstMs: number;
  /** The most memory that was in use, in MiB. */
  readonly peakMb: number;
}

export interface Castle extends AsyncDisposable {
  readonly server: TestProcess;
  /** @returns the headers of a key, which is made where it is new */
  readonly headers: (key: string) => Record<string, string>;
  /** Watches the server while something is done. */
  readonly watch: (attack: () => Promise<unknown>) => Promise<Watch>;
  /** Ends it with `kill -9` and starts it again. */
  readonly restart: () => Promise<void>;
}

/** @param options.keys names of keys, with the scopes that are not the default ones */
export async function openCastle(
  options: readonly string[] = [],
  keys: Readonly<Record<string, string>> = { mallory: "run,read,cancel" },
): Promise<Castle> {
  const data = join(makeTemporaryFolder(), "data");
  const tokens = new Map<string, string>();
  for (const [name, scopes] of Object.entries(keys)) {
    const argv = ["keys", "create", name, "--scopes", scopes, "--data", data];
    const made = Bun.spawnSync([EXECUTABLE, ...argv], { env: {} });
    const [token] = /actiond_\w+/.exec(made.stdout.toString()) ?? [];
    if (token === undefined) throw new Error(made.stderr.toString());
    tokens.set(name, token);
  }
  const start = () =>
    startExecutable({
      actions: ACTIONS,
      data,
      options: ["--log-level", "error", ...options],
    });
  let server = await start();
  return {
    get server() {
      return server;
    },
    headers: (key) => ({
      authorization: `Bearer ${tokens.get(key)}`,
      "content-type": "application/json",
    }),
    watch: (attack) => watch(server, attack),
    async restart() {
      await server.kill();
      server = await start();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function watch(
  server: TestProcess,
  attack: () => Promise<unknown>,
): Promise<Watch> {
  const over = new AbortController();
  let worstMs = 0;
  const look = async () => {
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      const reply = await server.request("/health/live");
      await reply.text();
      worstMs = Math.max(worstMs, performance.now() - startedAt);
      await Bun.sleep(LOOK_MS);
    }
  };
  const looking = look();
  try {
    await attack();
  } finally {
    over.abort();
  }
  await looking;
  return { worstMs, peakMb: readPeak(server) };
}

function readPeak({ process: { pid } }: TestProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
