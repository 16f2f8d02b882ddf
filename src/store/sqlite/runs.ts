/** The SQLite side of `RunStore`. */
import { and, asc, desc, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { type Run, type RunId, STATUSES, type Status } from "../../run/run.ts";
import type {
  End,
  Finish,
  NewRun,
  RunFilter,
  RunStore,
} from "../../run/store.ts";
import type { Store } from "./open.ts";
import {
  FIRST_FINISHED,
  prepareStatements,
  toInsert,
  toNumber,
  toOutcome,
} from "./run-statements.ts";
import { deliveries, runs } from "./schema.ts";

/** Finished, and nobody is owed a callback any more. */
export const isDeletable = sql`${runs.status} >= ${sql.raw(String(FIRST_FINISHED))} AND NOT EXISTS (
  SELECT 1 FROM ${deliveries} WHERE ${deliveries.runId} = ${runs.id} AND ${deliveries.state} = 'pending')`;

/** What a run has of text that callers and actions choose. SQLite knows that without reading it. */
const BYTES = sql<number>`octet_length(${runs.input}) + ifnull(octet_length(${runs.result}), 0) + ifnull(octet_length(${runs.error}), 0)`;

/** @returns the run store of an open database */
export function createRunStore({ db, database, commit }: Store): RunStore {
  const hot = prepareStatements(database, db);
  const findById = db
    .select()
    .from(runs)
    .where(eq(runs.id, sql.placeholder("id")))
    .prepare();

  const findByKey = db
    .select()
    .from(runs)
    .where(
      and(
        // Written out, so that SQLite sees that the partial index of keys serves the query.
        sql`${runs.idempotencyKey} IS NOT NULL`,
        eq(runs.idempotencyKey, sql.placeholder("key")),
        eq(runs.owner, sql.placeholder("owner")),
      ),
    )
    .prepare();

  /** Runs whose insertion is not flushed yet and has nothing behind it: a quick action's outcome can join it. */
  const waiting = new Map<RunId, ReturnType<typeof toInsert>>();

  const finish = (id: RunId, outcome: ReturnType<typeof toOutcome>) => {
    const insertion = waiting.get(id);
    if (insertion === undefined)
      return () => hot.finish.run({ id, ...outcome }) === 1;
    waiting.delete(id);
    Object.assign(insertion, outcome);
    return () => true;
  };
  const owe = (id: RunId, at: number) => {
    const owed = hot.owe.get({ id, at });
    return owed === null ? {} : { owedTo: owed.host };
  };

  const byKey = (owner: string, key: string) => {
    const row = findByKey.get({ owner, key });
    return row === undefined ? undefined : toRun(row);
  };

  return {
    insert(run: NewRun, end?: End) {
      const values = toInsert(run);
      if (end === undefined) waiting.set(run.id, values);
      else Object.assign(values, toOutcome(end));
      return commit.write(() => {
        waiting.delete(run.id);
        const key = run.idempotencyKey;
        const earlier = key === null ? undefined : byKey(run.owner, key);
        if (earlier === undefined) hot.insert.run(values);
        return earlier;
      });
    },
    start(id: RunId, startedAt: number, attempt: number) {
      waiting.delete(id);
      return commit.write(
        () => hot.start.run({ id, startedAt, attempt }) === 1,
      );
    },
    postpone(id: RunId, nextAttemptAt: number) {
      waiting.delete(id);
      return commit.write(() => hot.postpone.run({ id, nextAttemptAt }) === 1);
    },
    resume(id: RunId, attempt: number) {
      waiting.delete(id);
      return commit.write(() => hot.resume.run({ id, attempt }) === 1);
    },
    detach(id: RunId) {
      waiting.delete(id);
      return commit.write(() => hot.detach.run({ id }) === 1);
    },
    detachUnheard(id: RunId) {
      waiting.delete(id);
      return commit.write(() => {
        if (hot.detach.run({ id }) === 1) return {};
        return hot.detachFinished.run({ id }) === 1 ? owe(id, Date.now()) : {};
      });
    },
    finish({ id, callbackUrl }, end: End) {
      const change = finish(id, toOutcome(end));
      return commit.write((): Finish => {
        const isFirst = change();
        if (!isFirst || callbackUrl === null) return { isFirst };
        return { isFirst, ...owe(id, end.at) };
      });
    },
    async find(id: RunId) {
      const row = findById.get({ id });
      return row === undefined ? undefined : toRun(row);
    },
    findByIdempotencyKey: async (owner: string, key: string) =>
      byKey(owner, key),
    delete(id: RunId) {
      return commit.write(
        () =>
          db
            .delete(runs)
            .where(and(eq(runs.id, id), isDeletable))
            .returning({ id: runs.id })
            .all().length === 1,
      );
    },
    async findByRequestId(requestId: string, owner?: string) {
      return db
        .select({ id: runs.id })
        .from(runs)
        .where(
          and(
            eq(runs.requestId, requestId),
            sql`${runs.requestId} <> ''`,
            owner === undefined ? undefined : eq(runs.owner, owner),
          ),
        )
        .orderBy(asc(runs.numberedId))
        .limit(1)
        .get()?.id;
    },
    async list(filter: RunFilter) {
      const limit = countFitting(filter, filter.maxBytes ?? Infinity);
      // One more tells whether there is a next page.
      const found = db
        .select()
        .from(runs)
        .where(toCondition(filter))
        .orderBy(desc(runs.numberedId))
        .limit(limit + 1)
        .all()
        .map(toRun);
      return { runs: found.slice(0, limit), hasMore: found.length > limit };
    },
    async unfinished() {
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

  function countFitting(filter: RunFilter, maxBytes: number): number {
    const sizes = db
      .select({ bytes: BYTES })
      .from(runs)
      .where(toCondition(filter))
      .orderBy(desc(runs.numberedId))
      .limit(filter.limit)
      .all();
    let sum = 0;
    const tooMuch = sizes.findIndex(({ bytes }) => (sum += bytes) > maxBytes);
    return tooMuch === -1 ? sizes.length : Math.max(tooMuch, 1);
  }
}

function toCondition(filter: RunFilter): SQL | undefined {
  const { owner, before, statuses, requestId } = filter;
  // With an owner its own index must serve, which costs what that owner has, not what all others have. The plus
  // keeps SQLite from taking another: https://sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_
  const unless = owner === undefined ? sql`` : sql.raw("+");
  return and(
    owner === undefined
      ? undefined
      : // Written out, so that SQLite sees that the partial index of owners serves the query.
        sql`${runs.owner} = ${owner} AND ${runs.owner} <> ''`,
    before === undefined ? undefined : lt(runs.numberedId, before),
    statuses === undefined
      ? undefined
      : inArray(sql`${unless}${runs.status}`, statuses.map(toNumber)),
    filter.package === undefined
      ? undefined
      : eq(sql`${unless}${runs.package}`, filter.package),
    filter.action === undefined
      ? undefined
      : eq(sql`${unless}${runs.action}`, filter.action),
    requestId === undefined ? undefined : eq(runs.requestId, requestId),
  );
}

/** A row of `runs` in the words of the domain. */
function toRun(row: typeof runs.$inferSelect): Run {
  const status = STATUSES[row.status] as Status;
  // An end does not erase it: that would cost each run, also those that never back off.
  const nextAttemptAt = status === "running" ? row.nextAttemptAt : null;
  return { ...row, status, nextAttemptAt };
}
