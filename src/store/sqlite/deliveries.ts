/** The SQLite side of `DeliveryStore`. */
import { and, asc, desc, eq, lt, sql, or } from "drizzle-orm";
import type {
  AttemptResult,
  Delivery,
  DeliveryState,
  DeliveryStore,
} from "../../run/delivery.ts";
import type { RunId } from "../../run/run.ts";
import { prepareHot } from "./hot-statement.ts";
import type { Store } from "./open.ts";
import { deliveries, deliveryAttempts } from "./schema.ts";

/**
 * Jumps from host to host in the index of what is pending (a "skip scan"), so that ten thousand deliveries to one
 * host cost one step. SQLite does not plan this by itself, and would rather look through all that is pending:
 * https://sqlite.org/optoverview.html#the_skip_scan_optimization
 */
const PENDING_HOSTS = sql`
  WITH RECURSIVE pending(host) AS (
    SELECT min(host) FROM deliveries INDEXED BY deliveries_due WHERE state = 'pending'
    UNION ALL
    SELECT (
      SELECT min(host) FROM deliveries INDEXED BY deliveries_due WHERE state = 'pending' AND host > pending.host
    )
    FROM pending WHERE pending.host IS NOT NULL
  )
  SELECT host, (
    SELECT min(next_attempt_at) FROM deliveries INDEXED BY deliveries_due
    WHERE state = 'pending' AND deliveries.host = pending.host
  ) AS nextAttemptAt
  FROM pending WHERE host IS NOT NULL`;

/** @returns the delivery store of an open database */
export function createDeliveryStore({
  db,
  database,
  commit,
}: Store): DeliveryStore {
  const pending = db
    .select()
    .from(deliveries)
    .where(
      and(
        // Written out, so that SQLite sees that the partial index of what is pending serves the query.
        sql`${deliveries.state} = 'pending'`,
        eq(deliveries.host, sql.placeholder("host")),
      ),
    )
    .orderBy(asc(deliveries.nextAttemptAt))
    .limit(sql.placeholder("limit"))
    .prepare();
  const { insertAttempt, update } = prepareRecording(database, db);
  const isDueAgain = (now: number) => ({
    state: "pending" as const,
    attemptCount: 0,
    nextAttemptAt: now,
  });

  return {
    pendingHosts: async () =>
      db.all<{ host: string; nextAttemptAt: number }>(PENDING_HOSTS),
    pending: async (host, limit) => pending.all({ host, limit }),
    recordAttempt: (runId: RunId, { attempt, ...changed }: AttemptResult) =>
      commit.write(() => {
        insertAttempt.run({ runId, ...attempt });
        update.run({ runId, ...changed });
      }),
    find: async (runId) =>
      db.select().from(deliveries).where(eq(deliveries.runId, runId)).get(),
    attempts: async (runId) =>
      db
        .select({
          number: deliveryAttempts.number,
          at: deliveryAttempts.at,
          httpStatus: deliveryAttempts.httpStatus,
          ms: deliveryAttempts.ms,
          error: deliveryAttempts.error,
        })
        .from(deliveryAttempts)
        .where(eq(deliveryAttempts.runId, runId))
        .orderBy(asc(deliveryAttempts.number))
        .all(),
    list: async ({ states, ...filter }) =>
      [...new Set(states)]
        .flatMap((state) => listState(db, state, filter))
        .toSorted((one, other) => other.numberedId - one.numberedId)
        .slice(0, filter.limit),
    redeliver: (runId, now) =>
      commit.write(() =>
        db
          .update(deliveries)
          .set(isDueAgain(now))
          .where(eq(deliveries.runId, runId))
          .returning()
          .get(),
      ),
    redeliverDead: (host, now) =>
      commit.write(
        () =>
          db
            .update(deliveries)
            .set(isDueAgain(now))
            .where(
              and(
                eq(deliveries.host, host),
                eq(deliveries.state, "dead" satisfies DeliveryState),
              ),
            )
            .returning({ runId: deliveries.runId })
            .all().length,
      ),
  };
}

/** One state at a time: over several, SQLite would sort all there are to find the newest few. */
function listState(
  db: Store["db"],
  state: DeliveryState,
  {
    host,
    owner,
    limit,
    before,
  }: Omit<Parameters<DeliveryStore["list"]>[0], "states">,
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

function prepareRecording(database: Store["database"], db: Store["db"]) {
  const value = (name: string) => sql`${sql.placeholder(name)}`;
  return {
    insertAttempt: prepareHot<"runId" | "at" | "httpStatus" | "ms" | "error">(
      database,
      db.insert(deliveryAttempts).values({
        runId: value("runId"),
        number: sql`(SELECT count(*) + 1 FROM ${deliveryAttempts} WHERE ${deliveryAttempts.runId} = ${value("runId")})`,
        at: value("at"),
        httpStatus: value("httpStatus"),
        ms: value("ms"),
        error: value("error"),
      }),
    ),
    update: prepareHot<"runId" | "state" | "nextAttemptAt" | "attemptCount">(
      database,
      db
        .update(deliveries)
        .set({
          state: value("state"),
          nextAttemptAt: value("nextAttemptAt"),
          attemptCount: sql`${deliveries.attemptCount} + 1`,
        })
        .where(
          and(
            eq(deliveries.runId, sql.placeholder("runId")),
            or(
              eq(deliveries.attemptCount, sql.placeholder("attemptCount")),
              sql`${value("state")} IN ('delivered', 'refused')`,
            ),
          ),
        ),
    ),
  };
}
