/**
 * The newest runs that a filter leaves. An index holds the runs of each package, action and status in the order of
 * acceptance; an owner's runs have one like it. So the newest of any selection are found by merging the newest of those
 * groups, of which there are as many as actions and statuses, and not by looking at runs that do not match.
 */
import type { Database } from "bun:sqlite";
import { and, asc, desc, eq, gt, lt, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { STATUSES } from "../../../../run/run.ts";
import type { RunFilter } from "../../../../run/store.ts";
import { bound, prepareHot, type Value } from "../../hot-statement.ts";
import { toNumber } from "../../run-row.ts";
import { runs } from "../../schema.ts";
import { mergeNewest, stepThrough } from "./merging.ts";
import { prepareFindOfRequest } from "./request-runs.ts";

/** @returns what finds the ids of runs, newest first */
export function prepareFindNewest(
  sqlite: Database,
  db: BunSQLiteDatabase,
): (filter: RunFilter) => number[] {
  const ofAll = prepareGroups(sqlite, db, undefined);
  const ofOwner = prepareGroups(
    sqlite,
    db,
    // Written out, so that SQLite sees that the partial index of owners serves the query.
    sql`${runs.owner} = ${bound("owner")} AND ${runs.owner} <> ''`,
  );
  const all = prepareHot(
    sqlite,
    db
      .select({ id: runs.numberedId })
      .from(runs)
      .where(lt(runs.numberedId, bound("before")))
      .orderBy(desc(runs.numberedId))
      .limit(sql.placeholder("limit")),
    ["before", "limit"],
  );
  const ofRequest = prepareFindOfRequest(sqlite, db);
  return (filter) => {
    if (filter.requestId !== undefined) return ofRequest(filter);
    const { owner, limit, before = Number.MAX_SAFE_INTEGER } = filter;
    const isAll = [owner, filter.package, filter.action, filter.statuses].every(
      (criterion) => criterion === undefined,
    );
    if (isAll) return all.rows([before, limit]).map(([id]) => Number(id));
    const groups = owner === undefined ? ofAll : ofOwner;
    return mergeNewest(groups.list(filter), limit, (group, after) =>
      groups.newest([...group, after, before, limit]),
    );
  };
}

/** @param isMine leaves the runs of one owner */
function prepareGroups(
  sqlite: Database,
  db: BunSQLiteDatabase,
  isMine: SQL | undefined,
) {
  const isOf = eq(runs.package, bound("package"));
  const next = (
    column: typeof runs.package | typeof runs.action,
    where?: SQL,
  ) =>
    prepareHot(
      sqlite,
      db
        .select({ next: column })
        .from(runs)
        .where(and(isMine, where, gt(column, bound("after"))))
        .orderBy(asc(column))
        .limit(1),
      ["owner", "package", "after"],
    );
  const nextPackage = next(runs.package);
  const nextAction = next(runs.action, isOf);
  const newest = prepareHot(
    sqlite,
    db
      .select({ id: runs.numberedId })
      .from(runs)
      .where(
        and(
          isMine,
          isOf,
          eq(runs.action, bound("action")),
          eq(runs.status, bound("status")),
          gt(runs.numberedId, bound("after")),
          lt(runs.numberedId, bound("before")),
        ),
      )
      .orderBy(desc(runs.numberedId))
      .limit(sql.placeholder("limit")),
    ["owner", "package", "action", "status", "after", "before", "limit"],
  );
  return {
    newest: (values: Value[]) => newest.rows(values).map(([id]) => Number(id)),
    *list({ owner = "", statuses = STATUSES, ...filter }: RunFilter) {
      const packages = stepThrough(filter.package, (after) =>
        nextPackage.rows([owner, null, after]),
      );
      for (const packageName of packages) {
        const actions = stepThrough(filter.action, (after) =>
          nextAction.rows([owner, packageName, after]),
        );
        for (const action of actions)
          for (const status of new Set(statuses))
            yield [owner, packageName, action, toNumber(status)];
      }
    },
  };
}
