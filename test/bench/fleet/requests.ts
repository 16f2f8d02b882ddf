/** Waiting requests, each answered after its run was recorded: by 1, 2 and 4 executables, and by one that keeps runs in SQLite. */
import { SQL } from "bun";
import { join } from "node:path";
import type { Cluster } from "../../postgres.ts";
import type { Table } from "../figures.ts";
import { type Figures, load } from "../load.ts";
import { makeFolder, type Served, serveActions } from "../served.ts";
import { treeTimeUs } from "./processor.ts";
import { REPLICA_COUNTS } from "./writes.ts";

const CONNECTIONS = 32;

export async function measureRequests(
  cluster: Cluster,
  { seconds, rounds }: { seconds: number; rounds: number },
): Promise<Table> {
  using folder = makeFolder();
  await using opened = new AsyncDisposableStack();
  opened.defer(async () => {
    await using sql = new SQL(cluster.url, { max: 1 });
    await sql`drop schema requests cascade`;
  });
  const alone = opened.use(
    await serveActions(join(folder.path, "alone"), ["--durability", "full"]),
  );
  const replicas: Served[] = [];
  for (let index = 0; index < Math.max(...REPLICA_COUNTS); index += 1)
    replicas.push(
      opened.use(
        await serveActions(join(folder.path, `replica-${index}`), [
          `--database-url=${cluster.url}`,
          "--database-schema=requests",
        ]),
      ),
    );
  const rows: Row[] = [
    { name: "one server with SQLite, full", servers: [alone], all: [] },
    ...REPLICA_COUNTS.map((count) => ({
      name: `${count} ${count === 1 ? "replica" : "replicas"}`,
      servers: replicas.slice(0, count),
      all: [],
    })),
  ];
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round += 1)
    for (const { servers, all } of rows) {
      const measured = await ask(cluster, servers, seconds);
      if (round > 0) all.push(measured);
    }
  return {
    name: "Requests that wait for their runs",
    about: `${CONNECTIONS} connections to each server, ${seconds} s a round, each reply after the run and its result are on disk. Load generators, servers and PostgreSQL share the machine, so that more replicas than it has cores only divide it: processor time per run is what can be compared with other machines.`,
    rows: rows.map(({ name, all }) => ({
      name,
      cells: {
        "requests/s": all.map(({ rate }) => rate),
        "p50 ms": all.map(({ p50 }) => p50),
        "p99 ms": all.map(({ p99 }) => p99),
        "server µs": all.map(({ serverUs }) => serverUs),
        "PostgreSQL µs": all.map(({ databaseUs }) => databaseUs),
      },
    })),
  };
}

interface Measured {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly serverUs: number;
  readonly databaseUs: number;
}

interface Row {
  readonly name: string;
  readonly servers: readonly Served[];
  readonly all: Measured[];
}

async function ask(
  cluster: Cluster,
  servers: readonly Served[],
  seconds: number,
): Promise<Measured> {
  const timeOf = () =>
    servers.reduce((sum, { pid }) => sum + treeTimeUs(pid), 0);
  const [before, databaseBefore] = [timeOf(), treeTimeUs(cluster.pid)];
  const figures = await Promise.all(
    servers.map(({ url, pid }, index) =>
      load({
        url: `${url}/api/actions/bench/add/run`,
        headers: { "content-type": "application/json" },
        body: '{"a":1,"b":2}',
        connections: CONNECTIONS,
        pid,
        seconds,
        name: String(index),
      }),
    ),
  );
  const sum = (of: (one: Figures) => number) =>
    figures.reduce((total, one) => total + of(one), 0);
  const rate = sum((one) => one.requestsPerSecond);
  if (sum((one) => one.failureCount) > 0)
    throw new Error("Some requests have failed.");
  const count = rate * seconds;
  return {
    rate,
    p50: sum((one) => one.p50) / figures.length,
    p99: Math.max(...figures.map((one) => one.p99)),
    serverUs: (timeOf() - before) / count,
    databaseUs: (treeTimeUs(cluster.pid) - databaseBefore) / count,
  };
}
