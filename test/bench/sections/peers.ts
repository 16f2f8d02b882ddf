/** What people would pick instead, on the same machine in the same run, each in the durable setting its makers recommend. */
import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Cell, Table } from "../figures.ts";
import { makeFolder, serveActions } from "../served.ts";

const FOLDER = join(import.meta.dir, "..", "peers");
/** The program itself: the script in `.bin` would leave it behind when it is killed. */
const RESTATE = join(
  FOLDER,
  `node_modules/@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`,
);
const CALLER_COUNT = 32;
const PATIENCE_MS = 30_000;

interface Peer {
  readonly name: string;
  /** What its caller is promised when the job has ended. */
  readonly promise: string;
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface Measured {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

/** Installs the peers' packages first. Redis and PostgreSQL have to be there; what is missing is left out and named. */
export async function measurePeers(
  { seconds, rounds }: { seconds: number; rounds: number },
  start: typeof startAll = startAll,
): Promise<Table> {
  await Bun.$`${process.execPath} install --frozen-lockfile`
    .cwd(FOLDER)
    .quiet();
  using folder = makeFolder();
  await using servers = new AsyncDisposableStack();
  const { peers, missing } = await start(folder.path, servers);
  const rates = peers.map((): Measured[] => []);
  const failed = new Set<string>();
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round += 1)
    for (const [index, peer] of peers.entries()) {
      if (failed.has(peer.name)) continue;
      const measured = await runPeer(peer, seconds);
      if (measured === undefined) failed.add(peer.name);
      else if (round > 0) rates[index]?.push(measured);
    }
  const notMeasured = [...missing, ...failed];
  return {
    name: "Beside other servers and libraries",
    about: `${CALLER_COUNT} callers in one process of Bun ask again when their job has ended; ${rounds} rounds of ${seconds} s, in turns. actiond and Restate are asked over HTTP, the others by their own clients. ${notMeasured.length === 0 ? "" : `Not measured: ${notMeasured.join(", ")}.`}`,
    rows: peers.flatMap(({ name, promise }, index) => {
      const all = rates[index] ?? [];
      if (all.length === 0) return [];
      const cells: Record<string, Cell> = {
        "jobs/s": all.map(({ rate }) => rate),
        "p50 ms": all.map(({ p50 }) => p50),
        "p99 ms": all.map(({ p99 }) => p99),
        "what is on disk when": promise,
      };
      return [{ name, cells }];
    }),
    chart: { column: "jobs/s", title: "Jobs that have ended, a second" },
  };
}

async function startAll(
  folder: string,
  servers: AsyncDisposableStack,
): Promise<{ peers: readonly Peer[]; missing: readonly string[] }> {
  const missing: string[] = [];
  const server = servers.use(
    await serveActions(join(folder, "actiond"), ["--durability", "full"]),
  );
  const toActiond = (action: string) => ({
    ACTION_URL: `${server.url}/api/actions/bench/${action}/run`,
  });
  const peers: Peer[] = [
    {
      name: "actiond",
      promise: "record and result before the answer",
      script: "actiond.js",
      environment: toActiond("add"),
    },
    {
      name: "actiond, onInterrupt: retry",
      promise: "record before the code runs, result before the answer",
      script: "actiond.js",
      environment: toActiond("add-again"),
    },
    {
      name: "bunqueue, durable",
      promise: "record before the code runs, result buffered",
      script: "bunqueue.js",
      environment: { DURABLE: "1" },
    },
  ];
  const postgres = await startPostgres(folder, servers);
  if (postgres === undefined)
    missing.push("pg-boss", "graphile-worker", "DBOS");
  else peers.push(...(await postgresPeers(postgres)));
  for (const fsync of ["always", "everysec"] as const) {
    const port = await startRedis(
      join(folder, `redis-${fsync}`),
      fsync,
      servers,
    );
    if (port === undefined) missing.push(`BullMQ, Redis ${fsync}`);
    else
      peers.push({
        name: `BullMQ, Redis ${fsync}`,
        promise:
          fsync === "always"
            ? "record before the code runs, end before the answer"
            : "up to a second later",
        script: "bullmq.js",
        environment: { REDIS_PORT: String(port) },
      });
  }
  const ingress = await startRestate(join(folder, "restate"), servers);
  if (ingress === undefined) missing.push("Restate");
  else
    peers.push({
      name: "Restate",
      promise: "record before the code runs, result before the answer",
      script: "restate.js",
      environment: { INGRESS_PORT: String(ingress) },
    });
  return { peers, missing };
}

/** @param toUrl makes a database, by its name */
export async function postgresPeers(
  toUrl: (database: string) => Promise<string>,
): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const [name, script] of [
    ["pg-boss", "pg-boss.js"],
    ["graphile-worker", "graphile-worker.js"],
    ["DBOS", "dbos.js"],
  ] as const)
    peers.push({
      name: `${name}, PostgreSQL`,
      promise: "record before the code runs, end before the answer",
      script,
      environment: {
        DATABASE_URL: await toUrl(script.split(".")[0] ?? ""),
      },
    });
  return peers;
}

async function runPeer(
  { name, script, environment }: Peer,
  seconds: number,
): Promise<Measured | undefined> {
  const child = Bun.spawn(
    [process.execPath, script, String(seconds), String(CALLER_COUNT)],
    {
      cwd: FOLDER,
      env: { ...process.env, ...environment },
      stdout: "pipe",
      stderr: "pipe",
      timeout: seconds * 1000 + PATIENCE_MS,
    },
  );
  const [out, log] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
  ]);
  await child.exited;
  const [, json] = /FIGURES (.*)/.exec(out) ?? [];
  if (json !== undefined) return JSON.parse(json) as Measured;
  process.stderr.write(`${name} was not measured: ${out}${log}\n`);
  return undefined;
}

/** @returns what makes a database, by its name, and says how it is reached */
async function startPostgres(
  folder: string,
  servers: AsyncDisposableStack,
): Promise<((database: string) => Promise<string>) | undefined> {
  const bin = findPostgres();
  if (bin === undefined) return undefined;
  // PostgreSQL does not start as root.
  const isRoot = process.getuid?.() === 0;
  const as = isRoot
    ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    : [];
  const user = isRoot ? "postgres" : userInfo().username;
  const data = join(folder, "postgres");
  mkdirSync(data);
  if (isRoot) {
    const id = Number(await Bun.$`id -u postgres`.text());
    chownSync(data, id, id);
    await Bun.$`chmod a+rx ${folder}`;
  }
  const port = findPort();
  await Bun.$`${as} ${join(bin, "initdb")} -D ${data} -A trust`.quiet();
  const child = Bun.spawn(
    [
      ...as,
      join(bin, "postgres"),
      "-D",
      data,
      "-p",
      String(port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      `unix_socket_directories=`,
    ],
    { cwd: data, stdout: "ignore", stderr: "ignore" },
  );
  servers.defer(async () => {
    child.kill("SIGINT");
    await child.exited;
  });
  const toUrl = (database: string) =>
    `postgres://${user}@127.0.0.1:${port}/${database}`;
  await until(async () => {
    await using sql = new Bun.SQL(toUrl("postgres"));
    await sql`SELECT 1`;
  });
  return async (database) => {
    await using sql = new Bun.SQL(toUrl("postgres"));
    await sql.unsafe(`CREATE DATABASE "${database}"`);
    return toUrl(database);
  };
}

function findPostgres(): string | undefined {
  const versions = "/usr/lib/postgresql";
  if (!existsSync(versions)) return undefined;
  return readdirSync(versions)
    .map((version) => join(versions, version, "bin"))
    .toSorted()
    .findLast((bin) => existsSync(join(bin, "postgres")));
}

async function startRedis(
  folder: string,
  fsync: "always" | "everysec",
  servers: AsyncDisposableStack,
): Promise<number | undefined> {
  if (Bun.which("redis-server") === null) return undefined;
  mkdirSync(folder);
  const port = findPort();
  const child = Bun.spawn(
    [
      "redis-server",
      "--port",
      String(port),
      "--dir",
      folder,
      "--bind",
      "127.0.0.1",
      "--appendonly",
      "yes",
      "--appendfsync",
      fsync,
      "--save",
      "",
      "--maxmemory-policy",
      "noeviction",
    ],
    { stdout: "ignore", stderr: "ignore" },
  );
  servers.defer(async () => {
    child.kill();
    await child.exited;
  });
  return port;
}

async function startRestate(
  folder: string,
  servers: AsyncDisposableStack,
): Promise<number | undefined> {
  const [service, ingress, admin, node] = [
    findPort(),
    findPort(),
    findPort(),
    findPort(),
  ];
  const environment = {
    ...process.env,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    RESTATE_LOG_FILTER: "error",
    SERVICE_PORT: String(service),
  };
  const children = [
    Bun.spawn([RESTATE, "--base-dir", folder], {
      env: environment,
      stdout: "ignore",
      stderr: "ignore",
    }),
    Bun.spawn([process.execPath, "restate-service.js"], {
      cwd: FOLDER,
      env: environment,
      stdout: "ignore",
      stderr: "ignore",
    }),
  ];
  servers.defer(async () => {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map(({ exited }) => exited));
  });
  try {
    await until(async () => {
      const reply = await fetch(`http://127.0.0.1:${admin}/deployments`, {
        method: "POST",
        body: JSON.stringify({ uri: `http://127.0.0.1:${service}` }),
        headers: { "content-type": "application/json" },
      });
      if (!reply.ok) throw new Error(await reply.text());
    });
    return ingress;
  } catch (error) {
    process.stderr.write(`Restate did not start: ${String(error)}\n`);
    return undefined;
  }
}

/** Below the ports that clients are given, which a server might be given too. */
function findPort(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    try {
      Bun.listen({
        hostname: "127.0.0.1",
        port,
        socket: { data() {} },
      }).stop(true);
      return port;
    } catch {
      // It is taken.
    }
  }
}

async function until(attempt: () => Promise<void>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;)
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await Bun.sleep(100);
    }
}
