/** The executable under attack: its memory is limited, and it is watched the whole time, as is what another key gets. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  EXECUTABLE,
  makeTemporaryFolder,
  startExecutable,
  type TestProcess,
} from "../server.ts";
import { AUTHORITIES } from "../certificates.ts";
import { limitMemory } from "./memory-limit.ts";
import type { Probed, Target } from "./probe.ts";

const ACTIONS = join(import.meta.dir, "actions");
const LOOK_MS = 20;
/** What the systemd unit allows. */
const MEMORY_BYTES = 2 * 1024 ** 3;
/** Who attacks, who must not notice, and who operates the server. */
const KEYS = {
  mallory: "run,read,cancel",
  alice: "run,read,cancel",
  operator: "admin",
};

/** What is seen of the server: by asking for `/health/live`, and as another key. */
export interface Watch extends Probed {
  /** The longest time that a run of another key took, in milliseconds. */
  readonly otherMs: number;
  /** How often that was answered with anything but 200. */
  readonly otherFailures: number;
  /** The most memory that was in use, in MiB. */
  readonly peakMb: number;
}

export interface Castle extends AsyncDisposable {
  readonly server: TestProcess;
  /** @returns the headers of a key */
  readonly headers: (key: keyof typeof KEYS) => Record<string, string>;
  /** Watches the server while something is done. */
  readonly watch: (attack: () => Promise<unknown>) => Promise<Watch>;
  /** Ends it with `kill -9` and starts it again. */
  readonly restart: () => Promise<void>;
}

/** @param command starts the executable, which is the last of its words: within another file system, for example */
export async function openCastle(
  options: readonly string[] = [],
  command: readonly string[] = [],
): Promise<Castle> {
  const data = join(makeTemporaryFolder(), "data");
  const tokens = new Map<string, string>();
  for (const [name, scopes] of Object.entries(KEYS)) {
    const argv = ["keys", "create", name, "--scopes", scopes, "--data", data];
    const made = Bun.spawnSync([EXECUTABLE, ...argv], { env: {} });
    const [token] = /actiond_\w+/.exec(made.stdout.toString()) ?? [];
    if (token === undefined) throw new Error(made.stderr.toString());
    tokens.set(name, token);
  }
  const limit = limitMemory(MEMORY_BYTES);
  const start = async () => {
    const started = await startExecutable({
      actions: ACTIONS,
      data,
      command: [...(limit?.command ?? []), ...command, EXECUTABLE],
      options: ["--log-level", "error", ...options],
      environment: { PATH: process.env["PATH"] ?? "" },
    });
    const tls = { ca: AUTHORITIES };
    const request: TestProcess["request"] = (path, init) => {
      const trusting = { ...init, tls };
      return started.request(path, trusting);
    };
    return { ...started, request };
  };
  let server = await start();
  const headers: Castle["headers"] = (key) => ({
    authorization: `Bearer ${tokens.get(key)}`,
    "content-type": "application/json",
  });
  return {
    get server() {
      return server;
    },
    headers,
    watch: (attack) => watch(server, headers("alice"), attack),
    async restart() {
      await server.kill();
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      limit?.[Symbol.dispose]();
    },
  };
}

async function watch(
  server: TestProcess,
  headers: Record<string, string>,
  attack: () => Promise<unknown>,
): Promise<Watch> {
  const { pid } = server.process;
  const over = new AbortController();
  const seen = { otherMs: 0, otherFailures: 0 };
  const look = async () => {
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      const reply = await server.request("/api/actions/castle/greet/run", {
        method: "POST",
        headers,
        body: '{"name":"Alice"}',
      });
      await reply.text();
      seen.otherMs = Math.max(seen.otherMs, performance.now() - startedAt);
      if (reply.status !== 200) seen.otherFailures += 1;
      await Bun.sleep(LOOK_MS);
    }
  };
  const probe = startProbe({
    pid,
    port: Number(new URL(server.url).port),
    ca: server.url.startsWith("https:") ? AUTHORITIES : undefined,
  });
  const looking = look();
  // Whoever waits for the attack hears first when the server has gone.
  looking.catch(() => undefined);
  try {
    await attack();
  } finally {
    over.abort();
  }
  await looking;
  return { ...seen, ...(await probe.stop()), peakMb: readPeak(pid) };
}

/** @returns what ends it and tells what it has seen */
function startProbe(target: Target): { stop: () => Promise<Probed> } {
  const worker = new Worker(new URL("probe.ts", import.meta.url));
  const probed = new Promise<Probed>((resolve) => {
    worker.addEventListener("message", ({ data }: MessageEvent<Probed>) => {
      resolve(data);
    });
  });
  const tell = (message: Target | "stop") => {
    worker.postMessage(message, []);
  };
  tell(target);
  return {
    async stop() {
      tell("stop");
      try {
        return await probed;
      } finally {
        worker.terminate();
      }
    },
  };
}

function readPeak(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
