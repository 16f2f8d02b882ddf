/**
 * PostgreSQL for tests: one cluster for all files of a run, from the programs that the distribution's packages install.
 * Without them, tests that need it are skipped and say so.
 */
import { SQL } from "bun";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Holds the URL of the cluster that `bun run verify` starts for all test processes. */
export const SHARED = "ACTIOND_TEST_POSTGRES";

const FOLDERS = [18, 17, 16, 15, 14, 13].map(
  (version) => `/usr/lib/postgresql/${version}/bin`,
);

const isRoot = process.getuid?.() === 0;

/** @returns the folder of the programs; undefined where they are not, or where only root is, whom they refuse */
export function findPostgres(): string | undefined {
  if (isRoot && findId("-u") === undefined) return undefined;
  // The one of now: a program may have put another version in front.
  const onPath = Bun.which("postgres", { PATH: process.env["PATH"] ?? "" });
  const folders = onPath === null ? FOLDERS : [dirname(onPath), ...FOLDERS];
  return folders.find((folder) => existsSync(join(folder, "initdb")));
}

/** The title of a group of tests, which are skipped where there is no PostgreSQL. */
export function titleOf(title: string): string {
  return findPostgres() === undefined
    ? `${title} (skipped: PostgreSQL is not installed here)`
    : title;
}

export interface Cluster extends Disposable {
  readonly url: string;
  readonly port: number;
  /** The number of the server's first process; its others are its children. */
  readonly pid: number;
  /** Starts the server again after it was killed. */
  start(): Promise<void>;
  /** Kills the server and its children, as a crash does. */
  kill(): Promise<void>;
}

const SETTINGS = {
  listen_addresses: "'127.0.0.1'",
  unix_socket_directories: "''",
  max_connections: 500,
  shared_buffers: "'32MB'",
  // Power cuts are not tested here.
  fsync: "off",
};

/** Starts a cluster of its own in a new folder, on a free loopback port. It ends with this process. */
export async function startCluster(
  settings: Readonly<Record<string, string | number>> = {},
  { isStandby = false }: { readonly isStandby?: boolean } = {},
): Promise<Cluster> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error("There is no PostgreSQL here.");
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const asUser = asDatabaseUser(folder);
  const data = join(folder, "data");
  const program = (name: string) => [...asUser, join(programs, name)];
  const words = "-U postgres -A trust -E UTF8 --locale=C --no-sync".split(" ");
  const made = Bun.spawnSync([...program("initdb"), "-D", data, ...words], {
    cwd: folder,
    stderr: "pipe",
  });
  if (!made.success) throw new Error(String(made.stderr));
  const port = await findFreePort();
  const lines = Object.entries({ ...SETTINGS, port, ...settings }).map(
    ([name, value]) => `${name} = ${value}\n`,
  );
  appendFileSync(join(data, "postgresql.conf"), lines.join(""));
  if (isStandby) writeFileSync(join(data, "standby.signal"), "");
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let server: Bun.Subprocess;
  const start = async () => {
    server = Bun.spawn([...program("postgres"), "-D", data], {
      cwd: folder,
      stdin: "ignore",
      stdout: "ignore",
      stderr: Bun.file(join(folder, "log")),
    });
    server.unref();
    await untilAnswering(url);
  };
  await start();
  return {
    url,
    port,
    get pid() {
      return server.pid;
    },
    start,
    async kill() {
      // Without a checkpoint; its children end with it.
      server.kill("SIGQUIT");
      await server.exited;
    },
    [Symbol.dispose]() {
      server.kill("SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let started: Promise<Cluster> | undefined;

/** @returns the URL of the cluster that all tests of the run share */
export async function postgresUrl(): Promise<string> {
  const shared = process.env[SHARED];
  if (shared !== undefined) return shared;
  started ??= startCluster();
  return (await started).url;
}

/** The user of the server has to reach what is in a folder, which may be one that is this user's alone. */
function letThrough(folder: string): void {
  const { mode } = statSync(folder);
  if ((mode & 0o011) !== 0o011) chmodSync(folder, (mode & 0o7777) | 0o011);
}

/**
 * Gives a folder to the user of the database, because its programs refuse to run as root.
 *
 * @returns the words before a command that runs as that user, and ends with this process
 */
export function asDatabaseUser(folder: string): string[] {
  letThrough(dirname(folder));
  const untilParentEnds = ["setpriv", "--pdeathsig", "QUIT"];
  if (!isRoot) return [...untilParentEnds, "--"];
  const [user = 0, group = 0] = [findId("-u"), findId("-g")];
  chownSync(folder, user, group);
  const ids = [`--reuid=${user}`, `--regid=${group}`, "--clear-groups"];
  return [...untilParentEnds, ...ids, "--"];
}

function findId(flag: "-u" | "-g"): number | undefined {
  const { success, stdout } = Bun.spawnSync(["id", flag, "postgres"]);
  return success ? Number(String(stdout)) : undefined;
}

/** Below the ports that the system gives to clients: one of those could take it while the server starts again. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const { promise: isFree, resolve } = Promise.withResolvers<boolean>();
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(true);
      });
    });
    if (await isFree) return port;
  }
}

const START_MS = 30_000;

async function untilAnswering(url: string): Promise<void> {
  for (const startedAt = performance.now(); ; await Bun.sleep(20)) {
    const sql = new SQL(url, { max: 1, connectionTimeout: 1 });
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      if (performance.now() - startedAt > START_MS) throw error;
    } finally {
      await sql.close({ timeout: 0 }).catch(() => {});
    }
  }
}
