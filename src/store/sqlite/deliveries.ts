/** The SQLite side of `DeliveryStore`. */
import { and, asc, eq, sql } from "drizzle-orm";
import type { DeliveryStore } from "../../run/delivery/delivery.ts";
import type { Store } from "./open.ts";
import { deliveries, deliveryAttempts, runs } from "./schema.ts";

/** @returns the delivery store of an open database */
export function createDeliveryStore({
  db,
  reader,
  writer,
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
  const outcomeSize = db
    .select({
      byteCount: sql<number>`coalesce(octet_length(${runs.result}), octet_length(${runs.error}), 0)`,
      isResult: sql<boolean>`${runs.result} IS NOT NULL`.mapWith(Boolean),
    })
    .from(runs)
    .where(eq(runs.id, sql.placeholder("runId")))
    .prepare();

  return {
    pendingReceivers: () => reader.ask(["pendingReceivers", null]),
    debts: () => reader.ask(["debts", null]),
    take: async ({ owner, host }, limit) => pending.all({ owner, host, limit }),
    beginAttempt: (runId, { at, nextAttemptAt, attemptCount }) =>
      writer.write(
        ["beginAttempt", runId, at, nextAttemptAt, attemptCount],
        undefined,
      ),
    endAttempt(runId, number, { attempt, ...delivery }) {
      const { state, nextAttemptAt, attemptCount } = delivery;
      const { httpStatus, ms, error } = attempt;
      return writer.write(
        [
          "endAttempt",
          runId,
          number,
          state,
          nextAttemptAt,
          attemptCount,
          httpStatus,
          ms,
          error,
        ],
        undefined,
      );
    },
    forgetAttempt: (runId, number, { nextAttemptAt, attemptCount }) =>
      writer.write(
        ["forgetAttempt", runId, number, nextAttemptAt, attemptCount],
        undefined,
      ),
    giveUp: ({ runId, attemptCount }) =>
      writer.write(["giveUp", runId, attemptCount], undefined),
    outcomeSize: async (runId) =>
      outcomeSize.get({ runId }) ?? { byteCount: 0, isResult: false },
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
    list: (filter) => reader.ask(["deliveries", filter]),
    redeliver: (runId, now) =>
      writer.write(["redeliver", runId, now], undefined),
    redeliverDead: (host, now) => writer.write(["redeliverDead", host, now], 0),
  };
}
