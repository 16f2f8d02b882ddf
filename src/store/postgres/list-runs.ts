/**
 * Lists of runs. An index holds the runs of each package, action and status in the order of acceptance; an owner's runs
 * have one like it. The newest of any selection are the newest of those groups, which are found by jumping from group to
 * group in the index, and not by looking at runs that do not match.
 */
import { STATUSES } from "../../run/run.ts";
import type { RunFilter, RunPage } from "../../run/store.ts";
import type { Parameter } from "./connect/client.ts";
import { readColumns, toRun } from "./columns.ts";
import type { Reader } from "./connect/reader.ts";
import { isText } from "./values.ts";

const ERROR_BYTES = "coalesce(octet_length(r.error), 0)";
const BYTES = `octet_length(r.input) + coalesce(octet_length(r.result), 0) + ${ERROR_BYTES}`;

export async function listRuns(
  reader: Pick<Reader, "ask">,
  filter: RunFilter,
): Promise<RunPage> {
  const { limit, maxBytes = Infinity, isLean = false } = filter;
  const texts = [filter.package, filter.action, filter.requestId, filter.owner];
  // Without an owner a run is nobody's.
  if (filter.owner === "" || !texts.every((text = "") => isText(text)))
    return { runs: [], hasMore: false };
  const values = new Values();
  const found = selectNewest(filter, values);
  const rows = await reader.ask(
    `with found as materialized (${found}), sized as (
       select r.numbered_id, row_number() over newest as place,
         sum(${isLean ? ERROR_BYTES : BYTES}) over newest as bytes
       from found join "actiond".runs r using (numbered_id)
       window newest as (order by r.numbered_id desc)
     )
     select ${readColumns(isLean)}, (select count(*)::int from found)
     from sized s join "actiond".runs r using (numbered_id)
     where s.place <= ${values.add(limit, "int8")}
       and (s.place = 1 or s.bytes <= ${values.add(Math.min(maxBytes, Number.MAX_SAFE_INTEGER), "int8")})
     order by r.numbered_id desc`,
    values.all,
  );
  const foundCount = Number(rows[0]?.at(-1) ?? 0);
  return { runs: rows.map(toRun), hasMore: foundCount > rows.length };
}

/** Values of a statement, by their places in it. */
class Values {
  readonly all: Parameter[] = [];

  add(value: Parameter, type: string): string {
    this.all.push(value);
    return `$${this.all.length}::${type}`;
  }
}

/** Selects one more than are asked for. */
function selectNewest(filter: RunFilter, values: Values): string {
  const { limit, before, owner, statuses, requestId } = filter;
  const last = `order by r.numbered_id desc limit ${values.add(limit + 1, "int8")}`;
  const isBefore =
    before === undefined
      ? []
      : [`r.numbered_id < ${values.add(before, "int8")}`];
  const is = (column: string, value: string | undefined) =>
    value === undefined ? [] : [`${column} = ${values.add(value, "text")}`];
  // Written out, so that the planner sees that the partial indexes serve the query.
  const isMine =
    owner === undefined ? [] : [...is("r.owner", owner), "r.owner <> ''"];
  const isAsked = [
    ...is("r.package", filter.package),
    ...is("r.action", filter.action),
  ];
  const numbers = [...new Set(statuses ?? STATUSES)].map((status) =>
    STATUSES.indexOf(status),
  );
  const select = (where: readonly string[]) =>
    `select r.numbered_id from "actiond".runs r${where.length === 0 ? "" : ` where ${where.join(" and ")}`} ${last}`;
  if (requestId !== undefined) {
    const isOfRequest = [
      ...is("r.request_id", requestId),
      ...(requestId === "" ? [] : ["r.request_id <> ''"]),
    ];
    const hasStatus =
      statuses === undefined
        ? []
        : [`r.status = any(${values.add(numbers, "int2[]")})`];
    return select([
      ...isOfRequest,
      ...isMine,
      ...isAsked,
      ...hasStatus,
      ...isBefore,
    ]);
  }
  if (
    [owner, filter.package, filter.action, statuses].every(
      (criterion) => criterion === undefined,
    )
  )
    return select(isBefore);
  const isOfGroup = [
    ...isMine,
    "r.package = g.package",
    "r.action = g.action",
    "r.status = s.status",
    ...isBefore,
  ];
  return `${selectGroups(isMine, isAsked)}
    select r.numbered_id from groups g
    cross join unnest(${values.add(numbers, "int2[]")}) s(status)
    cross join lateral (${select(isOfGroup)}) r
    ${last}`;
}

/** A "skip scan", which PostgreSQL does not plan by itself: https://wiki.postgresql.org/wiki/Loose_indexscan */
function selectGroups(
  isMine: readonly string[],
  isAsked: readonly string[],
): string {
  const first = (...where: string[]) => `(
    select r.package, r.action from "actiond".runs r
    ${[...isMine, ...isAsked, ...where].map((condition, index) => `${index === 0 ? "where" : "and"} ${condition}`).join(" ")}
    order by r.package, r.action limit 1)`;
  return `with recursive groups(package, action) as (
    ${first()} union all
    select next.package, next.action from groups g
    cross join lateral ${first("(r.package, r.action) > (g.package, g.action)")} next)`;
}
