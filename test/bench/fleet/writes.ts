/** What keeping a run costs, beside the simplest loop that does the same, and beside what the server can do at most. */
import { SQL } from "bun";
import { join } from "node:path";
import { migrateTarget } from "../../../src/store/postgres/open.ts";
import { toTarget } from "../../../src/store/postgres/connect/target.ts";
import { median, type Cell, type Table } from "../figures.ts";
import type { Cluster } from "../../postgres.ts";
import { treeTimeUs } from "./processor.ts";

const ROW_COUNT = 50_000;
export const REPLICA_COUNTS = [1, 2, 4];
const INSERT = `insert into actiond.runs (id, package, action, status, input, created_at, started_at, retry_limit)
  values ($1, 'probe', 'noop', 1, '{}', 1, 1, 0)`;
const UPDATE = `update actiond.runs set status = 2, result = '{"sum":3}', finished_at = 2, run_ms = 1
  where id = $1 and status < 2`;

type Kind = "in two flushes" | "in one flush" | "through the queue";

interface Way {
  readonly name: string;
  readonly bare: string;
  readonly bulk: string;
  readonly hasUpdate: boolean;
  readonly kind: Kind;
}

const WAYS: readonly Way[] = [
  {
    name: "Accepted and finished in two flushes",
    bare: "INSERT, then UPDATE, one after the other",
    bulk: `${ROW_COUNT} rows in one INSERT and one UPDATE`,
    hasUpdate: true,
    kind: "in two flushes",
  },
  {
    name: "Accepted and finished in one flush",
    bare: "INSERT, one after the other",
    bulk: `${ROW_COUNT} rows in one INSERT`,
    hasUpdate: false,
    kind: "in one flush",
  },
];

/** A measurement of one round. */
interface Rate {
  readonly perSecond: number;
  /** Microseconds of processor time for a run. */
  readonly serverUs: number;
  readonly clientUs: number;
}

export async function measureWrites(
  cluster: Cluster,
  { seconds, rounds }: { seconds: number; rounds: number },
): Promise<Table[]> {
  await migrateTarget(toTarget(cluster.url, "actiond"));
  const all = WAYS.map((way) => ({ way, rates: new Map<string, Rate[]>() }));
  for (let round = 0; round < rounds; round += 1)
    for (const { way, rates } of all) {
      const keep = async (name: string, measure: () => Promise<Measured>) => {
        const before = treeTimeUs(cluster.pid);
        const { count, ms, clientUs } = await measure();
        const serverUs = (treeTimeUs(cluster.pid) - before) / count;
        const perSecond = (count / ms) * 1000;
        const rate = { perSecond, serverUs, clientUs: clientUs / count };
        rates.set(name, [...(rates.get(name) ?? []), rate]);
      };
      await keep(way.bare, () => loop(cluster.url, way.hasUpdate, seconds));
      await keep(way.bulk, () => inBulk(cluster.url, way.hasUpdate));
      for (const count of REPLICA_COUNTS)
        await replicate(cluster, { count, seconds, kind: way.kind }, (work) =>
          keep(nameOf(count), work),
        );
      await using sql = new SQL(cluster.url, { max: 1 });
      await sql`truncate actiond.runs cascade`;
    }
  return all.map(({ way, rates }) => toTable(way, rates));
}

function toTable(
  { name, bare, bulk }: Way,
  rates: ReadonlyMap<string, readonly Rate[]>,
): Table {
  const of = (row: string, round: number) => rates.get(row)?.[round] as Rate;
  return {
    name,
    about: `Each replica is a process with 64 callers in a closed loop and the store as it is. Everything shares the machine with PostgreSQL, whose processor time includes its checkpoints and its log. "Of the bulk" compares with one statement for ${ROW_COUNT} rows, which is the most that the server can do.`,
    rows: [...rates].map(([row, all]) => {
      const cells: Record<string, Cell> = {
        "runs/s": all.map(({ perSecond }) => perSecond),
        "of the loop": all.map(
          (rate, round) => rate.perSecond / of(bare, round).perSecond,
        ),
        "of the bulk": all.map(
          (rate, round) => rate.perSecond / of(bulk, round).perSecond,
        ),
        "server µs": all.map(({ serverUs }) => serverUs),
        "of the bulk's": all.map(
          (rate, round) => of(bulk, round).serverUs / rate.serverUs,
        ),
        "client µs": median(all.map(({ clientUs }) => clientUs)),
      };
      return { name: row, cells };
    }),
  };
}

function nameOf(count: number): string {
  return `${count} ${count === 1 ? "replica" : "replicas"}`;
}

interface Measured {
  readonly count: number;
  readonly ms: number;
  readonly clientUs: number;
}

/** Starts replicas, and lets them begin at once when all are ready. */
export async function replicate(
  { url }: Cluster,
  { count, seconds, kind }: { count: number; seconds: number; kind: Kind },
  keep: (work: () => Promise<Measured>) => Promise<void>,
): Promise<void> {
  const replicas = Array.from({ length: count }, () => {
    const child = Bun.spawn(
      [
        process.execPath,
        join(import.meta.dir, "replica.ts"),
        url,
        String(seconds),
        kind,
      ],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );
    return { child, lines: linesOf(child.stdout) };
  });
  for (const { lines } of replicas) await lines.next();
  await keep(async () => {
    for (const { child } of replicas) {
      await child.stdin.write("\n");
      await child.stdin.end();
    }
    const ended = await Promise.all(
      replicas.map(
        async ({ lines }) =>
          JSON.parse((await lines.next()).value ?? "") as {
            count: number;
            seconds: number;
            us: number;
          },
      ),
    );
    const sum = (of: (one: (typeof ended)[number]) => number) =>
      ended.reduce((total, one) => total + of(one), 0);
    return {
      count: sum((one) => one.count),
      ms: (sum((one) => one.seconds) / count) * 1000,
      clientUs: sum(({ us }) => us),
    };
  });
  await Promise.all(replicas.map(({ child }) => child.exited));
}

async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
  return "";
}

async function loop(
  url: string,
  hasUpdate: boolean,
  seconds: number,
): Promise<Measured> {
  await using sql = new SQL(url, { max: 1 });
  await sql`select 1`;
  return await timed(async () => {
    const until = performance.now() + seconds * 1000;
    let count = 0;
    for (; performance.now() < until; count += 1) {
      const id = Bun.randomUUIDv7();
      await sql.unsafe(INSERT, [id]);
      if (hasUpdate) await sql.unsafe(UPDATE, [id]);
    }
    return count;
  });
}

async function inBulk(url: string, hasUpdate: boolean): Promise<Measured> {
  await using sql = new SQL(url, { max: 1 });
  const ids = Array.from({ length: ROW_COUNT }, () => Bun.randomUUIDv7());
  return await timed(async () => {
    await sql.unsafe(
      `insert into actiond.runs (id, package, action, status, input, created_at, started_at)
       select id, 'probe', 'noop', 1, '{}', 1, 1 from unnest($1::uuid[]) x(id)`,
      [ids],
    );
    if (hasUpdate)
      await sql.unsafe(
        `update actiond.runs r set status = 2, result = '{"sum":3}', finished_at = 2, run_ms = 1
         from unnest($1::uuid[]) x(id) where r.id = x.id and status < 2`,
        [ids],
      );
    return ROW_COUNT;
  });
}

async function timed(work: () => Promise<number>): Promise<Measured> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const count = await work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  return { count, ms, clientUs: user + system };
}
