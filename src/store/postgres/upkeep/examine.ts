/** Looks at a database that replicas share, without changing anything in it, also while they use it. */
import { setTimeout } from "node:timers/promises";
import type { Retention } from "../../sweeping.ts";
import type { KeptContent } from "../../kept-content.ts";
import { type Status, STATUSES } from "../../../run/run.ts";
import { checkServer, untilAnswered } from "../connect/check-server.ts";
import { type Ask, Client } from "../connect/client.ts";
import { readSchema, type SchemaState } from "../connect/migrate.ts";
import { isDeletable } from "./retention.ts";
import { describeTarget, type Target } from "../connect/target.ts";

export interface FleetExamination {
  readonly server: string;
  readonly connections: { readonly used: number; readonly max: number };
  /** What is wrong with the server's settings, though it works. */
  readonly warnings: readonly string[];
  readonly schema: SchemaState;
  /** Undefined when the tables are not there, or are older than this program knows. */
  readonly content: FleetContent | undefined;
}

interface FleetContent extends KeptContent {
  readonly databaseBytes: number;
  /** Dead rows of runs, which vacuum has not removed yet, for each live one. */
  readonly deadShare: number;
  readonly replicas: {
    readonly living: number;
    readonly draining: number;
    /** Not taken for dead, and without a beat while this looked. */
    readonly silent: number;
    readonly dead: number;
  };
  /** Queued runs whose action no living replica has. */
  readonly strandedCount: number;
}

/** Longer than a replica takes for a beat, which is a sixth of its lease, with a lease of up to a minute. */
const LOOK_MS = 12_000;
const LOOK_EVERY_MS = 250;
/** A count of all runs may take long. */
const DEADLINE_MS = 120_000;

/** @throws {StoreError} when the database cannot be used */
export async function examineFleet(
  target: Target,
  options: Retention & { readonly now: number },
): Promise<FleetExamination> {
  await using client = new Client(target, { deadlineMs: DEADLINE_MS });
  const ask = client.query.bind(client);
  const warnings = await checkServer(ask, target, { connectionCount: 1 });
  const where = `The database ${describeTarget(target)}`;
  return await untilAnswered(async () => {
    const schema = await readSchema(ask);
    const [row] = await ask(
      `select version(), (select count(*)::int4 from pg_stat_activity where backend_type = 'client backend'),
         current_setting('max_connections')::int4`,
    );
    const [server, used, max] = row as [string, number, number];
    const isReadable =
      schema.version >= schema.knownVersion &&
      schema.minVersion <= schema.knownVersion;
    return {
      server: server.split(" on ")[0] ?? server,
      connections: { used, max },
      warnings,
      schema,
      content: isReadable ? await lookInside(ask, options) : undefined,
    };
  }, where);
}

async function lookInside(
  ask: Ask,
  options: Parameters<typeof examineFleet>[1],
): Promise<FleetContent> {
  const { now, keepRunsMs, keepCount } = options;
  const one = async (text: string, ...values: number[]) =>
    (await ask(text, values))[0] ?? [];
  const counts = await ask(
    `select status, count(*) from "actiond".runs group by status`,
  );
  const [bytes, deadShare] = await one(
    `select sum(pg_total_relation_size(c.oid)),
       max(s.n_dead_tup / greatest(s.n_live_tup, 1)::float8) filter (where c.relname = 'runs')
     from pg_class c left join pg_stat_user_tables s on s.relid = c.oid
     where c.relnamespace = to_regnamespace('"actiond"') and c.relkind = 'r'`,
  );
  const [oldestAt] = await one(
    `select created_at from "actiond".runs order by numbered_id limit 1`,
  );
  const [oldestUnfinishedAt] = await one(
    `select min(created_at) from "actiond".runs where status < 2`,
  );
  const [pendingCount, oldestDebt] = await one(
    `select count(*), min(created_at) from "actiond".deliveries where state = 'pending'`,
  );
  const dead = await ask(
    `select host, count(*) from "actiond".deliveries where state = 'dead'
     group by host order by 2 desc`,
  );
  const [deletableCount] = await one(
    `select count(*) from "actiond".runs r where ${isDeletable} and (r.finished_at < $1::int8
       or r.numbered_id <= (select max(numbered_id) from "actiond".runs) - $2::int8)`,
    Math.max(now - keepRunsMs, 0),
    Math.min(keepCount, Number.MAX_SAFE_INTEGER),
  );
  const [strandedCount] = await one(
    `select count(*) from "actiond".runs r where r.status = 0 and not exists (
       select 1 from "actiond".replicas p
       where not p.dead and p.actions ? (r.package || '/' || r.action))`,
  );
  return {
    databaseBytes: Number(bytes),
    deadShare: Number(deadShare ?? 0),
    replicas: await watchReplicas(ask),
    runCounts: Object.fromEntries(
      STATUSES.map((status, index) => [
        status,
        Number(counts.find((row) => row[0] === index)?.[1] ?? 0),
      ]),
    ) as Record<Status, number>,
    oldestAt: toMoment(oldestAt),
    oldestUnfinishedAt: toMoment(oldestUnfinishedAt),
    strandedCount: Number(strandedCount),
    pending: { count: Number(pendingCount), oldestAt: toMoment(oldestDebt) },
    dead: dead.map(([host, count]) => ({
      host: String(host),
      count: Number(count),
    })),
    deletableCount: Number(deletableCount),
  };
}

/** Whether a replica lives is seen from its beats: this waits until it has seen one of each, but not for ever. */
async function watchReplicas(ask: Ask): Promise<FleetContent["replicas"]> {
  const look = async () =>
    (await ask(`select id, beat, draining, dead from "actiond".replicas`)) as [
      string,
      string,
      boolean,
      boolean,
    ][];
  const before = new Map((await look()).map(([id, beat]) => [id, beat]));
  const startedAt = performance.now();
  for (;;) {
    const all = await look();
    const alive = all.filter(([, , , isDead]) => !isDead);
    const living = alive.filter(([id, beat]) => before.get(id) !== beat);
    const isOver = performance.now() - startedAt >= LOOK_MS;
    if (living.length === alive.length || isOver)
      return {
        living: living.length,
        draining: living.filter(([, , isDraining]) => isDraining).length,
        silent: alive.length - living.length,
        dead: all.length - alive.length,
      };
    await setTimeout(LOOK_EVERY_MS);
  }
}

function toMoment(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
