/** The changes of deliveries. */
import type { Database } from "bun:sqlite";
import { and, eq, or, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { DeliveryState } from "../../../../run/delivery/delivery.ts";
import { bound, prepareHot } from "../../hot-statement.ts";
import { deliveries } from "../../schema.ts";
import { prepareAttempts } from "./attempt-writes.ts";
import type { Changes } from "./changes.ts";

type DeliveryWrite =
  | "beginAttempt"
  | "endAttempt"
  | "forgetAttempt"
  | "giveUp"
  | "redeliver"
  | "redeliverDead";

export function prepareDeliveryWrites(
  sqlite: Database,
  db: BunSQLiteDatabase,
): Pick<Changes, DeliveryWrite> {
  const attempts = prepareAttempts(sqlite, db);
  const update = (
    set: Parameters<ReturnType<typeof db.update<typeof deliveries>>["set"]>[0],
    where: ReturnType<typeof and>,
    names: readonly string[],
  ) =>
    prepareHot(
      sqlite,
      db
        .update(deliveries)
        .set(set)
        .where(and(eq(deliveries.runId, bound("runId")), where)),
      names,
    );
  // The delivery has made so many attempts and goes on: nobody has asked for it to be sent again meanwhile.
  const isAt = and(
    eq(deliveries.attemptCount, bound("attemptCount")),
    sql`${deliveries.state} = 'pending'`,
  );
  const advance = update(
    {
      nextAttemptAt: bound("nextAttemptAt"),
      attemptCount: sql`${deliveries.attemptCount} + 1`,
    },
    isAt,
    ["runId", "nextAttemptAt", "attemptCount"],
  );
  const end = update(
    { state: bound("state"), nextAttemptAt: bound("nextAttemptAt") },
    or(
      eq(deliveries.attemptCount, sql`${bound("attemptCount")} + 1`),
      sql`${bound("state")} IN ('delivered', 'refused')`,
    ),
    ["runId", "state", "nextAttemptAt", "attemptCount"],
  );
  const goBack = update(
    {
      nextAttemptAt: bound("nextAttemptAt"),
      attemptCount: bound("attemptCount"),
    },
    and(
      eq(deliveries.attemptCount, sql`${bound("attemptCount")} + 1`),
      sql`${deliveries.state} = 'pending'`,
    ),
    ["runId", "nextAttemptAt", "attemptCount"],
  );
  const giveUp = update({ state: "dead", nextAttemptAt: null }, isAt, [
    "runId",
    "attemptCount",
  ]);
  const dueAgain = (now: unknown) => ({
    state: "pending" as const,
    attemptCount: 0,
    nextAttemptAt: now as number,
  });

  return {
    beginAttempt([runId = null, at = null, ...start]) {
      if (advance.run([runId, ...start]) === 0) return undefined;
      return attempts.begin(runId, at);
    },
    endAttempt([runId = null, number = null, state, next, count, ...attempt]) {
      attempts.end.run([runId, number, ...attempt]);
      end.run([runId, state ?? null, next ?? null, count ?? null]);
    },
    forgetAttempt([runId = null, number = null, ...before]) {
      attempts.forget.run([runId, number]);
      goBack.run([runId, ...before]);
    },
    giveUp(values) {
      giveUp.run(values);
    },
    redeliver([runId, now]) {
      const [delivery] = db
        .update(deliveries)
        .set(dueAgain(now))
        .where(eq(deliveries.runId, runId as string))
        .returning()
        .all();
      return delivery;
    },
    redeliverDead([host, now]) {
      const isDead = and(
        eq(deliveries.host, host as string),
        eq(deliveries.state, "dead" satisfies DeliveryState),
      );
      return db
        .update(deliveries)
        .set(dueAgain(now))
        .where(isDead)
        .returning({ runId: deliveries.runId })
        .all().length;
    },
  };
}
