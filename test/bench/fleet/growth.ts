/** What becomes of the tables: while somebody holds a snapshot, and with millions of runs. */
import { SQL } from "bun";
import { migrateTarget } from "../../../src/store/postgres/open.ts";
import { toTarget } from "../../../src/store/postgres/connect/target.ts";
import type { Cluster } from "../../postgres.ts";
import { type Cell, median, type Table } from "../figures.ts";
import { replicate } from "./writes.ts";

const MILLION = 1_000_000;
const SIZES = `select pg_relation_size('actiond.runs')::float8 / 1048576 as "table MB",
  pg_indexes_size('actiond.runs')::float8 / 1048576 as "all indexes MB",
  pg_relation_size('actiond.runs_queue')::float8 / 1048576 as "index of the queue MB",
  pg_relation_size('actiond.runs_action')::float8 / 1048576 as "index of lists MB"`;

/** What a claim begins with; nothing is queued. */
const NEXT = `select numbered_id from actiond.runs where status = 0 and package = 'probe' and action = 'noop'
  order by package, action, lane, numbered_id limit 1`;

/** @returns the median of a few times */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

/** Runs are accepted, ended and deleted as fast as can be, with a transaction open that has seen the tables before. */
export async function measureChurn(
  cluster: Cluster,
  { seconds }: { seconds: number },
): Promise<Table> {
  await migrateTarget(toTarget(cluster.url, "actiond"));
  await using sql = new SQL(cluster.url, { max: 1 });
  await using other = new SQL(cluster.url, { max: 1 });
  await sql`set enable_seqscan = off`;
  const rows: Table["rows"][number][] = [];
  let total = 0;
  const step = async (name: string) => {
    const forSeconds = seconds / 4;
    await replicate(
      cluster,
      { count: 1, seconds: forSeconds, kind: "through the queue" },
      async (work) => {
        const { count } = await work();
        total += count;
        const lookMs = await timeOf(() => sql.unsafe(NEXT));
        const [sizes] = (await sql.unsafe(SIZES)) as [Record<string, number>];
        const cells: Record<string, Cell> = {
          "runs so far": total,
          "runs/s": count / forSeconds,
          ...sizes,
          "look for queued ms": lookMs,
        };
        rows.push({ name, cells });
      },
    );
    // Retention does so by 500.
    await sql`delete from actiond.runs where status >= 2`;
  };
  await other.begin("isolation level repeatable read", async (held) => {
    await held`select count(*) from actiond.runs`;
    for (let part = 1; part <= 3; part += 1) await step(`held, part ${part}`);
  });
  await sql`vacuum actiond.runs`;
  await step("after its end and a vacuum");
  await sql`truncate actiond.runs cascade`;
  return {
    name: "Churn with a snapshot held",
    about: `One replica queues, starts and ends runs in three flushes, and they are deleted after each part of ${seconds / 4} s, while a transaction is open that has read the table before. It is scaled down: as many runs in an hour would be ${Math.round(total / 3600)} runs a second.`,
    rows,
  };
}

/** @param millions of runs that are kept */
export async function measureKept(
  cluster: Cluster,
  { millions, seconds }: { millions: number; seconds: number },
): Promise<Table> {
  await migrateTarget(toTarget(cluster.url, "actiond"));
  await using sql = new SQL(cluster.url, { max: 1 });
  const rates: number[][] = [];
  const measure = async () => {
    const all: number[] = [];
    for (let round = 0; round < 3; round += 1)
      await replicate(
        cluster,
        { count: 1, seconds, kind: "in two flushes" },
        async (work) => {
          const { count, ms } = await work();
          all.push((count / ms) * 1000);
        },
      );
    rates.push(all);
  };
  await measure();
  for (let million = 0; million < millions; million += 1)
    await sql.unsafe(
      `insert into actiond.runs (id, package, action, status, input, result, created_at, started_at, finished_at, run_ms, detached)
       select gen_random_uuid(), 'shop', 'action ' || n % 20, 2, '{"order":' || n || '}', '{"sum":3}', n, n, n, 1, true
       from generate_series(1, ${MILLION}) n`,
    );
  await sql`vacuum analyze actiond.runs`;
  await measure();
  const [sizes] = (await sql.unsafe(SIZES)) as [Record<string, number>];
  await sql`truncate actiond.runs cascade`;
  return {
    name: "Kept runs",
    about: `One replica with 64 callers accepts and ends runs in two flushes, in an empty table and in one with ${millions} million ended runs.`,
    rows: [
      { name: "empty", cells: { "runs/s": rates[0] ?? [] } },
      {
        name: `${millions} million`,
        cells: { "runs/s": rates[1] ?? [], ...sizes },
      },
    ],
  };
}
