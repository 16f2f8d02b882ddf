/** Executables on one database, each behind a network of its own, which are started again when they end. */
import { join } from "node:path";
import { findFreePort } from "../../postgres.ts";
import { makeTemporaryFolder, spawnExecutable } from "../../server.ts";
import { openProxy, type Proxy } from "../../store/postgres/proxy.ts";

const ACTIONS = join(import.meta.dir, "actions");
const RESTART_MS = 100;

export interface Replica {
  readonly url: string;
  readonly network: Proxy;
  readonly pid: number;
  /** Sends a signal to the process there is now. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it listens. */
  listening(): Promise<void>;
  /** Ends it for good. @returns its exit code */
  stop(): Promise<number>;
}

export async function startReplica(parts: {
  readonly databasePort: number;
  readonly witness: string;
  readonly options: readonly string[];
  /** Told of each process that ended. */
  readonly onExit: (pid: number, code: number | null, log: string) => void;
}): Promise<Replica> {
  const network = openProxy(parts.databasePort);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const data = join(makeTemporaryFolder(), "data");
  const argv = ["serve", "--port", String(port), "--actions", ACTIONS];
  let isStopped = false;
  const start = () => {
    const child = spawnExecutable([...argv, "--data", data, ...parts.options], {
      ACTIOND_DATABASE_URL: `postgres://postgres@127.0.0.1:${network.port}/postgres`,
      WITNESS: parts.witness,
    });
    const log = child.stderr.text();
    void child.stdout.text();
    void child.exited.then(async () => {
      parts.onExit(child.pid, child.exitCode, await log);
      await Bun.sleep(RESTART_MS);
      if (!isStopped) current = start();
    });
    return child;
  };
  let current = start();
  return {
    url,
    network,
    get pid() {
      return current.pid;
    },
    signal(signal) {
      current.kill(signal);
    },
    async listening() {
      for (;;) {
        const reply = await fetch(`${url}/health/live`).catch(() => undefined);
        if (reply?.ok === true) return;
        await Bun.sleep(50);
      }
    },
    async stop() {
      isStopped = true;
      current.kill("SIGTERM");
      const code = await current.exited;
      network[Symbol.dispose]();
      return code;
    },
  };
}
