/** The SQLite side of `DeliveryStore`. */
import { and, asc, desc, eq, lt, sql, or } from "drizzle-orm";
import type {
  Delivery,
  DeliveryState,
  DeliveryStore,
  Receiver,
} from "../../run/delivery.ts";
import { prepareHot } from "./hot-statement.ts";
import type { Store } from "./open.ts";
import { deliveries, deliveryAttempts, runs } from "./schema.ts";

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
/** What an attempt has for an error that the process did not outlive. */
const NO_END = "The server stopped before this attempt had an end.";

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
        eq(deliveries.owner, sql.placeholder("owner")),
        eq(deliveries.host, sql.placeholder("host")),
      ),
    )
    .orderBy(asc(deliveries.nextAttemptAt))
    .limit(sql.placeholder("limit"))
    .prepare();
  const recording = prepareRecording(database, db);
  const isDueAgain = (now: number) => ({
    state: "pending" as const,
    attemptCount: 0,
    nextAttemptAt: now,
  });

  return {
    pendingReceivers: async () =>
      db.all<Receiver & { nextAttemptAt: number }>(PENDING_RECEIVERS),
    pending: async ({ owner, host }, limit) =>
      pending.all({ owner, host, limit }),
    beginAttempt: (runId, { at, ...start }) =>
      commit.write(() =>
        recording.advance.run({ runId, ...start }) === 0
          ? undefined
          : recording.insertAttempt.get({ runId, at, error: NO_END })?.number,
      ),
    endAttempt: (runId, number, { attempt, ...changed }) =>
      commit.write(() => {
        recording.updateAttempt.run({ runId, number, ...attempt });
        recording.update.run({
          runId,
          state: changed.state,
          nextAttemptAt: changed.nextAttemptAt,
          attemptCount: changed.attemptCount + 1,
        });
      }),
    forgetAttempt: (runId, number, before) =>
      commit.write(() => {
        db.delete(deliveryAttempts)
          .where(
            and(
              eq(deliveryAttempts.runId, runId),
              eq(deliveryAttempts.number, number),
            ),
          )
          .run();
        db.update(deliveries)
          .set(before)
          .where(isAt({ runId, attemptCount: before.attemptCount + 1 }))
          .run();
      }),
    giveUp: (delivery) =>
      commit.write(() => {
        db.update(deliveries)
          .set({ state: "dead", nextAttemptAt: null })
          .where(isAt(delivery))
          .run();
      }),
    outcomeBytes: async (runId) =>
      db
        .select({
          bytes: sql<number>`coalesce(octet_length(${runs.result}), octet_length(${runs.error}), 0)`,
        })
        .from(runs)
        .where(eq(runs.id, runId))
        .get()?.bytes ?? 0,
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

/** The delivery has made so many attempts and goes on: nobody has asked for it to be sent again meanwhile. */
function isAt({
  runId,
  attemptCount,
}: Pick<Delivery, "runId" | "attemptCount">) {
  return and(
    eq(deliveries.runId, runId),
    eq(deliveries.attemptCount, attemptCount),
    eq(deliveries.state, "pending" satisfies DeliveryState),
  );
}

function prepareRecording(database: Store["database"], db: Store["db"]) {
  const value = (name: string) => sql`${sql.placeholder(name)}`;
  const isNumber = eq(deliveryAttempts.number, sql.placeholder("number"));
  const isCount = eq(deliveries.attemptCount, sql.placeholder("attemptCount"));
  return {
    advance: prepareHot<"runId" | "nextAttemptAt" | "attemptCount">(
      database,
      db
        .update(deliveries)
        .set({
          nextAttemptAt: value("nextAttemptAt"),
          attemptCount: sql`${deliveries.attemptCount} + 1`,
        })
        .where(
          and(
            eq(deliveries.runId, sql.placeholder("runId")),
            isCount,
            sql`${deliveries.state} = 'pending'`,
          ),
        ),
    ),
    insertAttempt: prepareHot<"runId" | "at" | "error", { number: number }>(
      database,
      db
        .insert(deliveryAttempts)
        .values({
          runId: value("runId"),
          number: sql`(SELECT count(*) + 1 FROM ${deliveryAttempts} WHERE ${deliveryAttempts.runId} = ${value("runId")})`,
          at: value("at"),
          httpStatus: null,
          ms: 0,
          error: value("error"),
        })
        .returning({ number: deliveryAttempts.number }),
    ),
    updateAttempt: prepareHot<
      "runId" | "number" | "httpStatus" | "ms" | "error"
    >(
      database,
      db
        .update(deliveryAttempts)
        .set({
          httpStatus: value("httpStatus"),
          ms: value("ms"),
          error: value("error"),
        })
        .where(
          and(eq(deliveryAttempts.runId, sql.placeholder("runId")), isNumber),
        ),
    ),
    update: prepareHot<"runId" | "state" | "nextAttemptAt" | "attemptCount">(
      database,
      db
        .update(deliveries)
        .set({
          state: value("state"),
          nextAttemptAt: value("nextAttemptAt"),
        })
        .where(
          and(
            eq(deliveries.runId, sql.placeholder("runId")),
            or(isCount, sql`${value("state")} IN ('delivered', 'refused')`),
          ),
        ),
    ),
  };
}
