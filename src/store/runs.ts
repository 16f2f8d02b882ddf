/** The SQLite side of `RunStore`. */
import {
  and,
  asc,
  desc,
  eq,
  inArray,
  isNotNull,
  lt,
  type SQL,
  sql,
} from "drizzle-orm";
import {
  type Finish,
  type FinishTime,
  type NewRun,
  type Outcome,
  type Run,
  type RunFilter,
  type RunId,
  type RunStore,
  STATUSES,
  type Status,
} from "../run/run.ts";
import { prepareHot } from "./hot-statement.ts";
import type { Store } from "./open.ts";
import { deliveries, runs } from "./schema.ts";

const RUNNING = toNumber("running");
/** Statuses below this one are unfinished. */
const FIRST_FINISHED = toNumber("passed");

/** @returns the run store of an open database */
export function createRunStore({ db, database, commit }: Store): RunStore {
  const hot = prepareStatements(database, db);
  const findById = db
    .select()
    .from(runs)
    .where(eq(runs.id, sql.placeholder("id")))
    .prepare();

  return {
    insert(run: NewRun) {
      const values = toInsert(run);
      return commit.write(() => {
        hot.insert.run(values);
      });
    },
    start(id: RunId, startedAt: number) {
      return commit.write(() => hot.start.run({ id, startedAt }) === 1);
    },
    detach(id: RunId) {
      return commit.write(() => hot.detach.run({ id }) === 1);
    },
    abandon(id: RunId) {
      return commit.write(() => {
        if (hot.detach.run({ id }) === 1) return {};
        const finished = hot.detachFinished.get({ id });
        if (finished === null) return {};
        hot.owe.run({ id, at: Date.now() });
        return { owedTo: finished.callback_host };
      });
    },
    finish(id: RunId, outcome: Outcome, { at, runMs }: FinishTime) {
      return commit.write((): Finish => {
        const finished = hot.finish.get({
          id,
          status: toNumber(outcome.status),
          result: outcome.status === "passed" ? outcome.result : null,
          error:
            outcome.status === "passed" ? null : JSON.stringify(outcome.error),
          finishedAt: at,
          runMs,
        });
        if (finished === null) return { isFirst: false };
        if (finished.detached === 0 || finished.callback_host === null)
          return { isFirst: true };
        hot.owe.run({ id, at });
        return { isFirst: true, owedTo: finished.callback_host };
      });
    },
    find(id: RunId) {
      const row = findById.get({ id });
      return row === undefined ? undefined : toRun(row);
    },
    findByRequestId(requestId: string) {
      return db
        .select({ id: runs.id })
        .from(runs)
        .where(and(eq(runs.requestId, requestId), sql`${runs.requestId} <> ''`))
        .orderBy(asc(runs.numberedId))
        .limit(1)
        .get()?.id;
    },
    list(filter: RunFilter) {
      return db
        .select()
        .from(runs)
        .where(toCondition(filter))
        .orderBy(desc(runs.numberedId))
        .limit(filter.limit)
        .all()
        .map(toRun);
    },
    unfinished() {
      return db
        .select()
        .from(runs)
        .where(
          sql`${runs.status} < ${sql.raw(String(FIRST_FINISHED))} AND ${runs.status} <> 2`,
        )
        .orderBy(asc(runs.numberedId))
        .all()
        .map(toRun);
    },
  };
}

function prepareStatements(database: Store["database"], db: Store["db"]) {
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
      }),
    ),
    start: prepareHot<"id" | "startedAt">(
      database,
      db
        .update(runs)
        .set({ status: RUNNING, startedAt: value("startedAt") })
        .where(
          and(
            eq(runs.id, sql.placeholder("id")),
            eq(runs.status, toNumber("queued")),
          ),
        ),
    ),
    detach: prepareHot<"id">(
      database,
      db.update(runs).set({ detached: true }).where(isUnfinished),
    ),
    detachFinished: prepareHot<"id", { callback_host: string }>(
      database,
      db
        .update(runs)
        .set({ detached: true })
        .where(
          and(
            eq(runs.id, sql.placeholder("id")),
            eq(runs.detached, false),
            isNotNull(runs.callbackHost),
          ),
        )
        .returning({ callbackHost: runs.callbackHost }),
    ),
    finish: prepareHot<
      "id" | "status" | "result" | "error" | "finishedAt" | "runMs",
      { detached: number; callback_host: string | null }
    >(
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
        .where(isUnfinished)
        .returning({
          detached: runs.detached,
          callbackHost: runs.callbackHost,
        }),
    ),
    owe: prepareHot<"id" | "at">(
      database,
      db
        .insert(deliveries)
        .select(
          sql`SELECT NULL, ${runs.id}, ${runs.callbackUrl}, ${runs.callbackHost}, 'pending', 0, ${value("at")}, ${value("at")} FROM ${runs} WHERE ${runs.id} = ${value("id")}`,
        ),
    ),
  };
}

function toInsert(run: NewRun) {
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
  };
}

function toCondition(filter: RunFilter): SQL | undefined {
  return and(
    filter.before === undefined
      ? undefined
      : lt(runs.numberedId, filter.before),
    filter.statuses === undefined
      ? undefined
      : inArray(runs.status, filter.statuses.map(toNumber)),
    filter.package === undefined ? undefined : eq(runs.package, filter.package),
    filter.action === undefined ? undefined : eq(runs.action, filter.action),
    filter.requestId === undefined
      ? undefined
      : eq(runs.requestId, filter.requestId),
  );
}

/** A row of `runs` in the words of the domain. */
export function toRun({
  status,
  callbackHost: _,
  ...row
}: typeof runs.$inferSelect): Run {
  return { ...row, status: STATUSES[status] as Status };
}

function toNumber(status: Status): number {
  return STATUSES.indexOf(status);
}
