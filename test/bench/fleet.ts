/**
 * Measures what keeping runs in PostgreSQL costs, with replicas as processes of their own, beside the simplest loop that
 * does the same and beside what the server can do at most: all in one run, so that a noisy machine is noisy for all.
 * Reports, asserts nothing. It starts a cluster of its own, which syncs to the disk.
 *
 * `bun run bench:fleet [seconds per measurement] [rounds]`
 */
import { SQL } from "bun";
import { createRunStore } from "../../src/store/postgres/runs.ts";
import { migrateTarget, openStore } from "../../src/store/postgres/open.ts";
import { toTarget } from "../../src/store/postgres/connect/target.ts";
import { startCluster } from "../postgres.ts";
import { makeRun } from "../store/sqlite/temporary-store.ts";

/** Callers of a replica that wait for their runs. */
const CALLERS = 64;
const ROWS = 50_000;
const END = {
  outcome: { status: "passed", result: '{"sum":3}' },
  at: Date.now(),
  runMs: 1,
} as const;
type Kind = "in two flushes" | "in one flush";

async function measure(seconds: number, rounds: number): Promise<void> {
  using cluster = await startCluster({
    fsync: "on",
    shared_buffers: "'256MB'",
  });
  const { url } = cluster;
  const target = toTarget(url, "actiond");
  await migrateTarget(target);
  const bare = new Map<string, number>();
  for (let round = 1; round <= rounds; round += 1) {
    const say = (name: string, rate: number, of?: string) => {
      const part =
        of === undefined
          ? ""
          : `, ${(rate / (bare.get(of) ?? 1)).toFixed(1)} of ${of}`;
      console.log(`${round}  ${name.padEnd(44)} ${Math.round(rate)}/s${part}`);
    };
    for (const name of ["insert, then update", "insert"] as const) {
      bare.set(`the bare ${name}`, await loop(url, name, seconds));
      say(
        `the bare ${name}, one connection`,
        bare.get(`the bare ${name}`) ?? 0,
      );
    }
    const [both, insertion] = await ceiling(url);
    say(
      `${ROWS} rows in one insert and one update`,
      both,
      "the bare insert, then update",
    );
    say(`${ROWS} rows in one insert`, insertion, "the bare insert");
    for (const replicas of [1, 2, 4]) {
      for (const kind of ["in two flushes", "in one flush"] as const) {
        const of =
          kind === "in one flush"
            ? "the bare insert"
            : "the bare insert, then update";
        const rate = await replicate(url, { replicas, kind, seconds });
        say(`${replicas} replicas, accepted and finished ${kind}`, rate, of);
      }
    }
    const sql = new SQL(url, { max: 1 });
    await sql`truncate actiond.runs cascade`;
    await sql.close();
  }
}

async function replicate(
  url: string,
  {
    replicas,
    kind,
    seconds,
  }: { replicas: number; kind: Kind; seconds: number },
): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: replicas }, async () => {
      const child = Bun.spawn(
        [
          process.execPath,
          import.meta.path,
          "replica",
          url,
          String(seconds),
          kind,
        ],
        { stdout: "pipe", stderr: "inherit" },
      );
      return Number(await new Response(child.stdout).text());
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / seconds;
}

/** Writes how many runs it has accepted and finished. */
async function beReplica([url, seconds, kind]: [string, string, Kind]) {
  const target = toTarget(url, "actiond");
  await using store = await openStore(target, {
    connections: 1,
    version: "bench",
    actions: {},
  });
  const runs = createRunStore(store);
  const until = performance.now() + Number(seconds) * 1000;
  let count = 0;
  const call = async () => {
    while (performance.now() < until) {
      const run = makeRun({ callbackUrl: null });
      const inserted = runs.insert(run);
      if (kind === "in two flushes") await inserted;
      await runs.finish(run, END);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
  process.stdout.write(String(count));
}

const INSERT = `insert into actiond.runs (id, package, action, status, input, created_at, started_at, retry_limit)
  values ($1, 'probe', 'noop', 1, '{}', 1, 1, 0)`;
const UPDATE = `update actiond.runs set status = 2, result = '{"sum":3}', finished_at = 2, run_ms = 1
  where id = $1 and status < 2`;

async function loop(
  url: string,
  name: string,
  seconds: number,
): Promise<number> {
  const sql = new SQL(url, { max: 1 });
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() - startedAt < seconds * 1000) {
    const id = Bun.randomUUIDv7();
    await sql.unsafe(INSERT, [id]);
    if (name !== "insert") await sql.unsafe(UPDATE, [id]);
    count += 1;
  }
  await sql.close();
  return (count / (performance.now() - startedAt)) * 1000;
}

/** @returns rows a second that are inserted and updated, and only inserted */
async function ceiling(url: string): Promise<[number, number]> {
  const sql = new SQL(url, { max: 1 });
  const ids = Array.from({ length: ROWS }, () => Bun.randomUUIDv7());
  const [, insertMs] = await timed(() =>
    sql.unsafe(
      `insert into actiond.runs (id, package, action, status, input, created_at, started_at)
       select id, 'probe', 'noop', 1, '{}', 1, 1 from unnest($1::uuid[]) x(id)`,
      [ids],
    ),
  );
  const [, updateMs] = await timed(() =>
    sql.unsafe(
      `update actiond.runs r set status = 2, result = '{"sum":3}', finished_at = 2, run_ms = 1
       from unnest($1::uuid[]) x(id) where r.id = x.id and status < 2`,
      [ids],
    ),
  );
  await sql.close();
  return [(ROWS / (insertMs + updateMs)) * 1000, (ROWS / insertMs) * 1000];
}

async function timed<Value>(
  work: () => Promise<Value>,
): Promise<[Value, number]> {
  const startedAt = performance.now();
  return [await work(), performance.now() - startedAt];
}

const [word, ...words] = process.argv.slice(2);
if (word === "replica") await beReplica(words as [string, string, Kind]);
else await measure(Number(word ?? 4), Number(words[0] ?? 3));
