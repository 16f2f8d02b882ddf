/** The newest runs that carry a request id. They are few as a rule, so what else is asked for is looked up in each. */
import type { Database } from "bun:sqlite";
import { and, asc, desc, eq, gt, lt, ne, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { RunFilter } from "../../../../run/store.ts";
import { bound, prepareHot } from "../../hot-statement.ts";
import { toNumber } from "../../run-row.ts";
import { runs } from "../../schema.ts";
import { mergeNewest, stepThrough } from "./merging.ts";

/** @returns what finds the ids of runs, newest first */
export function prepareFindOfRequest(
  sqlite: Database,
  db: BunSQLiteDatabase,
): (filter: RunFilter) => number[] {
  const isOfRequest = eq(runs.requestId, bound("requestId"));
  // Written out, so that SQLite sees that the partial index of request ids serves the query.
  const hasRequestId = ne(runs.requestId, sql.raw("''"));
  const nextOwner = prepareHot(
    sqlite,
    db
      .select({ next: runs.owner })
      .from(runs)
      .where(and(isOfRequest, hasRequestId, gt(runs.owner, bound("after"))))
      .orderBy(asc(runs.owner))
      .limit(1),
    ["requestId", "after"],
  );
  // The plus keeps SQLite from taking another index:
  // https://sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_
  const isAsked = sql`(${bound("package")} IS NULL OR +${runs.package} = ${bound("package")})
    AND (${bound("action")} IS NULL OR +${runs.action} = ${bound("action")})
    AND (${bound("statuses")} IS NULL OR +${runs.status} IN (SELECT value FROM json_each(${bound("statuses")})))`;
  const prepareNewest = (isIndexed: boolean) => {
    const plus = sql.raw(isIndexed ? "" : "+");
    return prepareHot(
      sqlite,
      db
        .select({ id: runs.numberedId })
        .from(runs)
        .where(
          and(
            isOfRequest,
            isIndexed ? hasRequestId : undefined,
            sql`${plus}${runs.owner} = ${bound("owner")}`,
            isAsked,
            gt(runs.numberedId, bound("after")),
            lt(runs.numberedId, bound("before")),
          ),
        )
        .orderBy(desc(runs.numberedId))
        .limit(sql.placeholder("limit")),
      [
        "requestId",
        "owner",
        "package",
        "action",
        "statuses",
        "after",
        "before",
        "limit",
      ],
    );
  };
  const newestWithId = prepareNewest(true);
  const newestWithout = prepareNewest(false);
  return ({
    requestId = "",
    limit,
    before = Number.MAX_SAFE_INTEGER,
    ...filter
  }) => {
    // Without an owner a run is nobody's.
    if (filter.owner === "") return [];
    const statuses = filter.statuses?.map(toNumber);
    const newest = requestId === "" ? newestWithout : newestWithId;
    const owners = stepThrough(filter.owner, (after) =>
      nextOwner.rows([requestId, after]),
    );
    const all = filter.owner === undefined ? ["", ...owners] : owners;
    return mergeNewest(all, limit, (owner, after) =>
      newest
        .rows([
          requestId,
          owner,
          filter.package ?? null,
          filter.action ?? null,
          statuses === undefined ? null : JSON.stringify(statuses),
          after,
          before,
          limit,
        ])
        .map(([id]) => Number(id)),
    );
  };
}
