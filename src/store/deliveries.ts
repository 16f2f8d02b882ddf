/** The SQLite side of `DeliveryStore`. */
import { and, asc, count, desc, eq, inArray, lt, lte, sql } from "drizzle-orm";
import type {
  AttemptResult,
  DeliveryState,
  DeliveryStore,
} from "../run/delivery.ts";
import type { RunId } from "../run/run.ts";
import type { Store } from "./open.ts";
import { deliveries, deliveryAttempts } from "./schema.ts";

/**
 * Jumps from host to host in the index of what is pending (a "skip scan"), so that ten thousand deliveries to one
 * host cost one step. SQLite does not plan this by itself: https://sqlite.org/optoverview.html#the_skip_scan_optimization
 */
const PENDING_HOSTS = sql`
  WITH RECURSIVE pending(host) AS (
    SELECT min(host) FROM deliveries WHERE state = 'pending'
    UNION ALL
    SELECT (SELECT min(host) FROM deliveries WHERE state = 'pending' AND host > pending.host)
    FROM pending WHERE pending.host IS NOT NULL
  )
  SELECT host, (
    SELECT min(next_attempt_at) FROM deliveries WHERE state = 'pending' AND deliveries.host = pending.host
  ) AS nextAttemptAt
  FROM pending WHERE host IS NOT NULL`;

/** Written out, so that SQLite sees that the partial index of what is pending serves the query. */
const isPending = sql`${deliveries.state} = 'pending'`;

/** @returns the delivery store of an open database */
export function createDeliveryStore({ db, commit }: Store): DeliveryStore {
  const due = db
    .select()
    .from(deliveries)
    .where(
      and(
        isPending,
        eq(deliveries.host, sql.placeholder("host")),
        lte(deliveries.nextAttemptAt, sql.placeholder("now")),
      ),
    )
    .orderBy(asc(deliveries.nextAttemptAt))
    .limit(sql.placeholder("limit"))
    .prepare();
  const next = db
    .select({ nextAttemptAt: deliveries.nextAttemptAt })
    .from(deliveries)
    .where(and(isPending, eq(deliveries.host, sql.placeholder("host"))))
    .orderBy(asc(deliveries.nextAttemptAt))
    .limit(1)
    .prepare();
  const isDueAgain = (now: number) => ({
    state: "pending" as const,
    attemptCount: 0,
    nextAttemptAt: now,
  });

  return {
    pendingHosts: () =>
      db.all<{ host: string; nextAttemptAt: number }>(PENDING_HOSTS),
    nextAttemptAt: (host) => next.get({ host })?.nextAttemptAt ?? undefined,
    due: (host, now, limit) => due.all({ host, now, limit }),
    recordAttempt: (runId, result) =>
      commit.write(() => {
        recordAttempt(db, runId, result);
      }),
    find: (runId) =>
      db.select().from(deliveries).where(eq(deliveries.runId, runId)).get(),
    attempts: (runId) =>
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
    list: ({ states, host, limit, before }) =>
      db
        .select()
        .from(deliveries)
        .where(
          and(
            inArray(deliveries.state, [...states]),
            host === undefined ? undefined : eq(deliveries.host, host),
            before === undefined
              ? undefined
              : lt(deliveries.numberedId, before),
          ),
        )
        .orderBy(desc(deliveries.numberedId))
        .limit(limit)
        .all(),
    redeliver: (runId, now) =>
      commit.write(
        () =>
          db
            .update(deliveries)
            .set(isDueAgain(now))
            .where(eq(deliveries.runId, runId))
            .returning({ runId: deliveries.runId })
            .all().length === 1,
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

function recordAttempt(
  db: Store["db"],
  runId: RunId,
  { attempt, state, nextAttemptAt }: AttemptResult,
): void {
  const earlier = db
    .select({ count: count() })
    .from(deliveryAttempts)
    .where(eq(deliveryAttempts.runId, runId))
    .get();
  db.insert(deliveryAttempts)
    .values({ runId, number: (earlier?.count ?? 0) + 1, ...attempt })
    .run();
  db.update(deliveries)
    .set({
      state,
      nextAttemptAt,
      attemptCount: sql`${deliveries.attemptCount} + 1`,
    })
    .where(eq(deliveries.runId, runId))
    .run();
}
