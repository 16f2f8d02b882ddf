/** Runs as they travel between the event loop and the store's threads: rows of plain values. */
import type { Database } from "bun:sqlite";
import { and, eq, getTableColumns, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { type Run, STATUSES, type Status } from "../../run/run.ts";
import type { End, NewRun } from "../../run/store.ts";
import {
  bound,
  type HotStatement,
  prepareHot,
  type Row,
  type Value,
} from "./hot-statement.ts";
import { runs } from "./schema.ts";

/** The members of a row, in the order in which `db.select().from(runs)` reads them. */
const COLUMNS = Object.keys(getTableColumns(runs));

/** Finds a run by its id. */
export function prepareFindRun(
  sqlite: Database,
  db: BunSQLiteDatabase,
): HotStatement {
  const query = db
    .select()
    .from(runs)
    .where(eq(runs.id, bound("id")));
  return prepareHot(sqlite, query, ["id"]);
}

/** Leaves the run of an idempotency key. */
export const isOfKey = and(
  // Written out, so that SQLite sees that the partial index of keys serves the query.
  sql`${runs.idempotencyKey} IS NOT NULL`,
  eq(runs.idempotencyKey, bound("key")),
  eq(runs.owner, bound("owner")),
);

/** Finds the run of an idempotency key. */
export function prepareFindByKey(
  sqlite: Database,
  db: BunSQLiteDatabase,
): HotStatement {
  const query = db.select().from(runs).where(isOfKey);
  return prepareHot(sqlite, query, ["owner", "key"]);
}

/** Statuses below this one are unfinished. */
export const FIRST_FINISHED = toNumber("passed");

/** What an outcome changes, in the order of `toEnd`. */
export const ENDED = [
  "status",
  "result",
  "error",
  "finishedAt",
  "runMs",
] as const;

/** What is inserted, in the order of `toInsertion`. */
export const INSERTED = [
  "id",
  "callbackUrl",
  "detached",
  "owner",
  "idempotencyKey",
  "package",
  "action",
  "input",
  "requestId",
  "detachedAt",
  "callbackHost",
  "createdAt",
  "startedAt",
  "traceparent",
  "tracestate",
  "startTimeoutMs",
  "runTimeoutMs",
  "fingerprint",
  "sentSecrets",
  ...ENDED,
] as const;

/** An insertion as it travels: its name and the values of `INSERTED`. */
export type InsertWrite = ["insert", ...Value[]];

export function toInsertion(run: NewRun, end: End | undefined): InsertWrite {
  const isEnded = end !== undefined;
  return [
    "insert",
    run.id,
    run.callbackUrl,
    run.detached ? 1 : 0,
    run.owner,
    run.idempotencyKey,
    run.package,
    run.action,
    run.input,
    run.requestId,
    run.detached ? run.createdAt : null,
    run.callbackUrl === null ? null : new URL(run.callbackUrl).host,
    run.createdAt,
    run.startedAt,
    run.traceparent,
    run.tracestate,
    run.startTimeoutMs,
    run.runTimeoutMs,
    run.fingerprint,
    run.sentSecrets ? 1 : 0,
    isEnded ? toNumber(end.outcome.status) : firstStatusOf(run),
    isEnded ? resultOf(end) : null,
    isEnded ? errorOf(end) : null,
    isEnded ? end.at : null,
    isEnded ? end.runMs : null,
  ];
}

export function toEnd(end: End): Value[] {
  return [
    toNumber(end.outcome.status),
    resultOf(end),
    errorOf(end),
    end.at,
    end.runMs,
  ];
}

function resultOf({ outcome }: End): Value {
  return outcome.status === "passed" ? outcome.result : null;
}

function errorOf({ outcome }: End): Value {
  return outcome.status === "passed" ? null : JSON.stringify(outcome.error);
}

function firstStatusOf({ startedAt }: NewRun): number {
  return toNumber(startedAt === null ? "queued" : "running");
}

/** A status as it is kept: its place in `STATUSES`. */
export function toNumber(status: Status): number {
  return STATUSES.indexOf(status);
}

/** A row of `runs` in the words of the domain. */
export function toRun(row: Row): Run {
  const values: Record<string, unknown> = {};
  for (let index = 0; index < COLUMNS.length; index += 1)
    values[COLUMNS[index] as string] = row[index];
  const kept = values as { [Name in keyof Run]: unknown };
  const status = STATUSES[kept.status as number];
  const error = kept.error as string | null;
  return {
    ...kept,
    status,
    error: error === null ? null : JSON.parse(error),
    detached: kept.detached === 1,
    hasArtifacts: kept.hasArtifacts === 1,
    sentSecrets: kept.sentSecrets === 1,
    // An end does not erase it: that would cost each run, also those that never back off.
    nextAttemptAt: status === "running" ? kept.nextAttemptAt : null,
  } as Run;
}
