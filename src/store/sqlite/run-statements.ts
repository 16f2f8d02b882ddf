/** The statements that runs are written with: for every request, so prepared once. */
import { and, eq, lt, sql } from "drizzle-orm";
import { STATUSES, type Status } from "../../run/run.ts";
import type { End, NewRun } from "../../run/store.ts";
import { prepareHot } from "./hot-statement.ts";
import type { Store } from "./open.ts";
import { deliveries, runs } from "./schema.ts";

/** Statuses below this one are unfinished. */
export const FIRST_FINISHED = toNumber("passed");

/** What changes runs, by what it does. */
export function prepareStatements(
  database: Store["database"],
  db: Store["db"],
) {
  const value = (name: string) => sql`${sql.placeholder(name)}`;
  const isUnfinished = and(
    eq(runs.id, sql.placeholder("id")),
    lt(runs.status, FIRST_FINISHED),
  );
  return {
    insert: prepareHot<keyof ReturnType<typeof toInsert>>(
      database,
      db.insert(runs).values({
        id: value("id"),
        package: value("package"),
        action: value("action"),
        status: value("status"),
        input: value("input"),
        requestId: value("requestId"),
        callbackUrl: value("callbackUrl"),
        callbackHost: value("callbackHost"),
        detached: value("detached"),
        createdAt: value("createdAt"),
        startedAt: value("startedAt"),
        traceparent: value("traceparent"),
        tracestate: value("tracestate"),
        startTimeoutMs: value("startTimeoutMs"),
        runTimeoutMs: value("runTimeoutMs"),
        owner: value("owner"),
        idempotencyKey: value("idempotencyKey"),
        fingerprint: value("fingerprint"),
        result: value("result"),
        error: value("error"),
        finishedAt: value("finishedAt"),
        runMs: value("runMs"),
      }),
    ),
    start: prepareHot<"id" | "startedAt" | "attempt">(
      database,
      db
        .update(runs)
        .set({
          status: toNumber("running"),
          startedAt: value("startedAt"),
          attempt: value("attempt"),
        })
        .where(isUnfinished),
    ),
    postpone: prepareHot<"id" | "nextAttemptAt">(
      database,
      db
        .update(runs)
        .set({ nextAttemptAt: value("nextAttemptAt") })
        .where(isUnfinished),
    ),
    resume: prepareHot<"id" | "attempt">(
      database,
      db
        .update(runs)
        .set({ nextAttemptAt: null, attempt: value("attempt") })
        .where(isUnfinished),
    ),
    detach: prepareHot<"id">(
      database,
      db.update(runs).set({ detached: true }).where(isUnfinished),
    ),
    detachFinished: prepareHot<"id">(
      database,
      db
        .update(runs)
        .set({ detached: true })
        .where(
          and(eq(runs.id, sql.placeholder("id")), eq(runs.detached, false)),
        ),
    ),
    finish: prepareHot<"id" | keyof ReturnType<typeof toOutcome>>(
      database,
      db
        .update(runs)
        .set({
          status: value("status"),
          result: value("result"),
          error: value("error"),
          finishedAt: value("finishedAt"),
          runMs: value("runMs"),
        })
        .where(isUnfinished),
    ),
    owe: prepareHot<"id" | "at", { host: string }>(
      database,
      db
        .insert(deliveries)
        .select(
          sql`SELECT NULL, ${runs.id}, ${runs.callbackUrl}, ${runs.callbackHost}, 'pending', 0, ${value("at")}, ${value("at")}, ${runs.owner} FROM ${runs} WHERE ${runs.id} = ${value("id")} AND ${runs.detached} AND ${runs.callbackUrl} IS NOT NULL`,
        )
        .returning({ host: deliveries.host }),
    ),
  };
}

/** Shaped like `toInsert`'s result, so that an outcome can be written together with its run. */
export function toOutcome({ outcome, at, runMs }: End) {
  const isPassed = outcome.status === "passed";
  return {
    status: toNumber(outcome.status),
    result: isPassed ? outcome.result : null,
    error: isPassed ? null : JSON.stringify(outcome.error),
    finishedAt: at,
    runMs,
  };
}

export function toInsert(run: NewRun) {
  return {
    id: run.id,
    package: run.package,
    action: run.action,
    status: toNumber(run.startedAt === null ? "queued" : "running"),
    input: run.input,
    requestId: run.requestId,
    callbackUrl: run.callbackUrl,
    callbackHost:
      run.callbackUrl === null ? null : new URL(run.callbackUrl).host,
    detached: run.detached ? 1 : 0,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    traceparent: run.traceparent,
    tracestate: run.tracestate,
    startTimeoutMs: run.startTimeoutMs,
    runTimeoutMs: run.runTimeoutMs,
    owner: run.owner,
    idempotencyKey: run.idempotencyKey,
    fingerprint: run.fingerprint,
    result: null,
    error: null,
    finishedAt: null,
    runMs: null,
  };
}

/** As a status is kept: its place in `STATUSES`. */
export function toNumber(status: Status): number {
  return STATUSES.indexOf(status);
}
