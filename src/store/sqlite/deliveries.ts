/** The SQLite side of `DeliveryStore`. */
import { and, asc, eq, getTableColumns, sql } from "drizzle-orm";
import type { Delivery, DeliveryStore } from "../../run/delivery/delivery.ts";
import { bound, prepareHot, type Row } from "./hot-statement.ts";
import type { Store } from "./open.ts";
import { deliveries, deliveryAttempts, runs } from "./schema.ts";

/** The members of a row, in the order in which `db.select().from(deliveries)` reads them. */
const COLUMNS = Object.keys(getTableColumns(deliveries));

/** @returns the delivery store of an open database */
export function createDeliveryStore({
  sqlite,
  db,
  reader,
  writer,
}: Store): DeliveryStore {
  const pending = prepareHot(
    sqlite,
    db
      .select()
      .from(deliveries)
      .where(
        and(
          // Written out, so that SQLite sees that the partial index of what is pending serves the query.
          sql`${deliveries.state} = 'pending'`,
          eq(deliveries.owner, bound("owner")),
          eq(deliveries.host, bound("host")),
        ),
      )
      .orderBy(asc(deliveries.nextAttemptAt))
      .limit(sql.placeholder("limit")),
    ["owner", "host", "limit"],
  );
  const outcomeSize = prepareHot(
    sqlite,
    db
      .select({
        byteCount: sql`coalesce(octet_length(${runs.result}), octet_length(${runs.error}), 0)`,
        isResult: sql`${runs.result} IS NOT NULL`,
      })
      .from(runs)
      .where(eq(runs.id, bound("runId"))),
    ["runId"],
  );

  return {
    pendingReceivers: () => reader.ask(["pendingReceivers", null]),
    debts: () => reader.ask(["debts", null]),
    take: async ({ owner, host }, limit) =>
      pending.rows([owner, host, limit]).map(toDelivery),
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
    async outcomeSize(runId) {
      const [[byteCount, isResult] = [0, 0]] = outcomeSize.rows([runId]);
      return { byteCount: Number(byteCount), isResult: isResult === 1 };
    },
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
    list: (filter) => reader.ask(["deliveries", filter], filter.owner),
    redeliver: (runId, now) =>
      writer.write(["redeliver", runId, now], undefined),
    redeliverDead: (host, now) => writer.write(["redeliverDead", host, now], 0),
  };
}

function toDelivery(row: Row): Delivery {
  const members = COLUMNS.map((name, place) => [name, row[place]]);
  return Object.fromEntries(members) as Delivery;
}
