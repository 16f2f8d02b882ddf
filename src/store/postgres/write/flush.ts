/**
 * The statement of a flush: all changes of runs that were asked for meanwhile, made at once and exactly once.
 *
 * Its first part is the lease, the fence and the guard against repetition in one: it changes the replica's row only if
 * the replica is not taken for dead and the flush before was the last one, and everything else depends on that row.
 * Rows are locked in the order of their ids, so that two replicas never wait for each other.
 */
import type { RunId } from "../../../run/run.ts";
import type { RunAnswer } from "./changes.ts";
import type { Ask, Parameter, Row, Value } from "../connect/client.ts";
import { type Column, INSERTED, UPDATED } from "../columns.ts";
import { LET_GO } from "../locks.ts";
import type { FoldedRun } from "./fold.ts";

const INSERT_PLACE = 4;
const UPDATE_PLACE = INSERT_PLACE + INSERTED.length;
const INSERTED_NAMES = INSERTED.map(({ name }) => name).join(", ");

/**
 * $1: the replica, $2: the number of the flush, $3: the runs to release. Where other statements of the same transaction
 * follow, the network may fail before they come: then the server must not hold the rows for as long as it takes TCP to
 * notice, because nobody could take over what they belong to.
 */
const STATEMENT = `
with alive as (
  update "actiond".replicas set beat = beat + 1, flush = $2::int8
  where id = $1::uuid and not dead and flush = $2::int8 - 1 returning 1
), ins as (
  insert into "actiond".runs (${INSERTED_NAMES})
  select ${INSERTED.map(({ name }) => `x.${name}`).join(", ")}
  from ${unnest(INSERTED, INSERT_PLACE)}, alive
  order by x.idempotency_key nulls first, x.id
  on conflict do nothing
  returning id, status, detached, callback_url, callback_host, owner, finished_at as owed_at
), x as materialized (
  select * from ${unnest(UPDATED, UPDATE_PLACE)}
), locked as (
  select r.id from "actiond".runs r, alive
  where r.id = any($${UPDATE_PLACE}::uuid[]) order by r.id for update of r
), upd as (
  update "actiond".runs r set
    detached = r.detached or x.detached,
    detached_at = coalesce(r.detached_at, x.detached_at),
    status = coalesce(x.status, r.status),
    started_at = coalesce(x.started_at, r.started_at),
    attempt = coalesce(x.attempt, r.attempt),
    next_attempt_at = case when x.sets_next then x.next_attempt_at else r.next_attempt_at end,
    result = x.result, error = x.error, finished_at = x.finished_at, run_ms = x.run_ms,
    replica = case when x.carried is null then r.replica when x.carried then $1::uuid end,
    holding = coalesce(x.holding, r.holding),
    finished_by = case when x.status >= 2 then $1::uuid end
  from x, locked
  where r.id = x.id and locked.id = r.id and r.status < 2 and not x.is_unheard
    and (not x.is_own or r.replica = $1::uuid or r.replica is null)
  returning r.id, r.status, r.detached, r.callback_url, r.callback_host, r.owner, r.finished_at as owed_at
), unheard as (
  update "actiond".runs r set detached = true
  from x, locked
  where r.id = x.id and locked.id = r.id and x.is_unheard and not r.detached
  returning r.id, r.status, r.detached, r.callback_url, r.callback_host, r.owner, x.owed_at
), released as (
  update "actiond".runs r set holding = false from alive
  where r.id = any($3::uuid[]) and r.replica = $1::uuid and r.holding
), made as (
  select * from ins union all select * from upd union all select * from unheard
), owed as (
  insert into "actiond".deliveries (run_id, url, host, state, next_attempt_at, created_at, owner)
  select id, callback_url, callback_host, 'pending', owed_at, owed_at, owner from made
  where status >= 2 and detached and callback_url is not null
  on conflict (run_id) do nothing returning run_id, host
)
select (select count(*)::int from alive),
  (select json_agg(json_build_array(made.id, made.detached, owed.host)) from made left join owed on owed.run_id = made.id),
  ${LET_GO}`;

/** How the runs of a flush came out, by id: those that are missing were not changed. */
export type Made = ReadonlyMap<RunId, RunAnswer>;

/** @returns undefined when the flush was not made, because it has been before or the replica may not write any more */
export async function askFlush(
  ask: Ask,
  {
    me,
    number,
    runs,
  }: { me: string; number: number; runs: readonly FoldedRun[] },
): Promise<Made | undefined> {
  const inserted = runs.filter(({ insert }) => insert !== undefined);
  const released = runs.filter(({ isReleased }) => isReleased);
  const updated = runs.filter(
    ({ insert, isReleased }) => insert === undefined && !isReleased,
  );
  const [row] = await ask(STATEMENT, [
    me,
    number,
    released.map(({ id }) => id),
    ...toArrays(INSERTED, inserted, me),
    ...toArrays(UPDATED, updated, me),
  ]);
  const [aliveCount, made] = row as unknown as [
    number,
    [id: string, isDetached: boolean, owedTo: string | null][] | null,
  ];
  if (aliveCount === 0) return undefined;
  return new Map(
    (made ?? []).map(([id, isDetached, owedTo]) => [
      id,
      toAnswer(isDetached, owedTo),
    ]),
  );
}

/**
 * How the runs came out of a flush whose reply was lost, told from their rows. Meanwhile others may have changed them,
 * but not what this flush has written.
 */
export async function readFlush(
  ask: Ask,
  me: string,
  runs: readonly FoldedRun[],
): Promise<Made> {
  const rows = await ask(
    `select r.id, r.detached, d.host, r.started_at, r.detached_at, r.finished_at, r.finished_by,
       d.created_at
     from "actiond".runs r left join "actiond".deliveries d on d.run_id = r.id
     where r.id = any($1::uuid[])`,
    [runs.map(({ id }) => id)],
  );
  const byId = new Map(rows.map((row) => [row[0] as string, row]));
  return new Map(
    runs.flatMap((run) => {
      const row = byId.get(run.id);
      if (row === undefined || !wasMade(run, row, me)) return [];
      const [, isDetached, host, , , , , owedAt] = row;
      const isOwed =
        owedAt !== null && [run.end?.at, run.owedAt].includes(Number(owedAt));
      return [
        [
          run.id,
          toAnswer(isDetached === true, isOwed ? (host as string) : null),
        ],
      ];
    }),
  );
}

function wasMade(run: FoldedRun, row: Row, me: string): boolean {
  if (run.insert !== undefined) return true;
  const [, , , startedAt, detachedAt, finishedAt, finishedBy] = row;
  if (run.end !== undefined)
    return finishedBy === me && Number(finishedAt) === run.end.at;
  if (run.detachedAt !== undefined)
    return Number(detachedAt) === run.detachedAt;
  if (run.startedAt !== undefined) return Number(startedAt) === run.startedAt;
  // A run that was ended meanwhile says so to the next change, too.
  return true;
}

function toAnswer(isDetached: boolean, owedTo: string | null): RunAnswer {
  const answer = { isMade: true, isDetached };
  return owedTo === null ? answer : { ...answer, owedTo };
}

function unnest(columns: readonly Column[], place: number): string {
  const arrays = columns.map(
    ({ type }, index) => `$${place + index}::${type}[]`,
  );
  const names = columns.map(({ name }) => name);
  return `unnest(${arrays.join(", ")}) as x(${names.join(", ")})`;
}

function toArrays(
  columns: readonly Column[],
  runs: readonly FoldedRun[],
  me: string,
): Parameter[] {
  return columns.map(({ of }) => runs.map((run): Value => of(run, me)));
}
