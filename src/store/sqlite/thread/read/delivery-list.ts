/** Lists of deliveries. */
import { and, asc, count, desc, eq, lt, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type {
  Delivery,
  DeliveryFilter,
  DeliveryState,
  Receiver,
} from "../../../../run/delivery/delivery.ts";
import { deliveries } from "../../schema.ts";
import type { Reads } from "./questions.ts";

/**
 * Jumps from receiver to receiver in the index of what is pending (a "skip scan"), so that ten thousand deliveries to one
 * receiver cost one step. SQLite does not plan this by itself, and would rather look through all that is pending:
 * https://sqlite.org/optoverview.html#the_skip_scan_optimization
 */
const PENDING_RECEIVERS = sql`
  WITH RECURSIVE pending(owner, host) AS (
    SELECT * FROM (
      SELECT owner, host FROM deliveries INDEXED BY deliveries_due WHERE state = 'pending'
      ORDER BY owner, host LIMIT 1
    )
    UNION ALL
    SELECT next.owner, next.host FROM pending JOIN deliveries AS next ON next.rowid = (
      SELECT rowid FROM deliveries INDEXED BY deliveries_due
      WHERE state = 'pending' AND (owner, host) > (pending.owner, pending.host)
      ORDER BY owner, host LIMIT 1
    )
  )
  SELECT owner, host, (
    SELECT min(next_attempt_at) FROM deliveries INDEXED BY deliveries_due
    WHERE state = 'pending' AND deliveries.owner = pending.owner AND deliveries.host = pending.host
  ) AS nextAttemptAt
  FROM pending`;

export function prepareDeliveryList(
  db: BunSQLiteDatabase,
): Pick<Reads, "deliveries" | "pendingReceivers" | "debts"> {
  return {
    debts: () => ({
      pendingCount: countState(db, "pending"),
      deadCount: countState(db, "dead"),
      oldestAt: findOldestDebt(db),
    }),
    pendingReceivers: () =>
      db.all<Receiver & { nextAttemptAt: number }>(PENDING_RECEIVERS),
    deliveries: ({ states, ...filter }) =>
      [...new Set(states)]
        .flatMap((state) => listState(db, state, filter))
        .toSorted((one, other) => other.numberedId - one.numberedId)
        .slice(0, filter.limit),
  };
}

function countState(db: BunSQLiteDatabase, state: DeliveryState): number {
  const row = db
    .select({ number: count() })
    .from(deliveries)
    .where(eq(deliveries.state, state))
    .get();
  return row?.number ?? 0;
}

function findOldestDebt(db: BunSQLiteDatabase): number | null {
  const oldest = db
    .select({ createdAt: deliveries.createdAt })
    .from(deliveries)
    .where(eq(deliveries.state, "pending"))
    .orderBy(asc(deliveries.numberedId))
    .limit(1)
    .get();
  return oldest?.createdAt ?? null;
}

/** One state at a time: over several, SQLite would sort all there are to find the newest few. */
function listState(
  db: BunSQLiteDatabase,
  state: DeliveryState,
  { host, owner, limit, before }: Omit<DeliveryFilter, "states">,
): Delivery[] {
  return db
    .select()
    .from(deliveries)
    .where(
      and(
        eq(deliveries.state, state),
        host === undefined ? undefined : eq(deliveries.host, host),
        owner === undefined
          ? undefined
          : // Written out, so that SQLite sees that the partial index of owners serves the query.
            sql`${deliveries.owner} = ${owner} AND ${deliveries.owner} <> ''`,
        before === undefined ? undefined : lt(deliveries.numberedId, before),
      ),
    )
    .orderBy(desc(deliveries.numberedId))
    .limit(limit)
    .all();
}
