/**
 * The statement of a flush: all changes of runs that were asked for meanwhile, made at once and exactly once.
 *
 * Its first part is the lease, the fence and the guard against repetition in one: it changes the replica's row only if
 * the replica is not taken for dead and the flush before was the last one, and everything else depends on that row.
 * Rows are locked in the order of their ids, so that two replicas never wait for each other. Every update of runs ends
 * before deliveries are added: triggers are called in the order in which the parts end, and who follows all runs hears of
 * an outcome before the debt of it.
 */
import { type RunId, STATUSES } from "../../../run/run.ts";
import type { RunAnswer } from "./changes.ts";
import type { Ask, Parameter, Row, Value } from "../connect/client.ts";
import { type Column, INSERTED, UPDATED } from "../columns.ts";
import { LET_GO } from "../locks.ts";
import { type FoldedRun, statusOf } from "./fold.ts";

const QUEUED = STATUSES.indexOf("queued");
/** Those of one key that are queued together do not see each other. */
const TURN = `, case when x.status = ${QUEUED} then "actiond".turn_v1(x.owner, x.package, x.action, x.lane)
    + row_number() over (partition by x.status, x.owner, x.package, x.action, x.lane order by x.id) - 1 else 0 end`;
const INSERTED_NAMES = INSERTED.map(({ name }) => name).join(", ");

/**
 * Has only the parts that a flush needs, because each costs time where there is nothing for it, too.
 *
 * $1: the replica, $2: the number of the flush. Where other statements of the same transaction follow, the network may
 * fail before they come: then the server must not hold the rows for as long as it takes TCP to notice, because nobody
 * could take over what they belong to.
 */
class Statement {
  readonly parameters: Parameter[];
  readonly #parts: string[] = [];
  readonly #made: string[] = [];
  #afterReleases = "";

  constructor(me: string, number: number) {
    this.parameters = [me, number];
    this.#parts.push(`alive as (
  update "actiond".replicas set beat = beat + 1, flush = $2::int8
  where id = $1::uuid and not dead and flush = $2::int8 - 1 returning 1
)`);
  }

  insert(runs: readonly FoldedRun[], me: string): void {
    const isQueued = runs.some((run) => statusOf(run) === QUEUED);
    this.#made.push("ins");
    this.#parts.push(`ins as (
  insert into "actiond".runs (${INSERTED_NAMES}${isQueued ? ", turn" : ""})
  select ${INSERTED.map(({ name }) => `x.${name}`).join(", ")}${isQueued ? TURN : ""}
  from ${this.#unnest(INSERTED, runs, me)}, alive
  order by x.idempotency_key nulls first, x.id
  on conflict do nothing
  returning id, status, detached, callback_url, callback_host, owner, finished_at as owed_at
)`);
  }

  update(
    runs: readonly FoldedRun[],
    me: string,
    { hasUnheard }: { hasUnheard: boolean },
  ): void {
    const ids = `$${this.parameters.length + 1}::uuid[]`;
    this.#made.push("upd");
    this.#parts.push(`x as materialized (
  select * from ${this.#unnest(UPDATED, runs, me)}
), locked as (
  select r.id from "actiond".runs r, alive
  where r.id = any(${ids}) order by r.id for update of r
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
  from x
  where r.id = x.id and (select count(*) from locked) > 0 and r.status < 2 and not x.is_unheard
    and (not x.is_own or r.replica = $1::uuid or r.replica is null)
  returning r.id, r.status, r.detached, r.callback_url, r.callback_host, r.owner, r.finished_at as owed_at
)`);
    if (!hasUnheard) return;
    this.#made.push("unheard");
    this.#parts.push(`unheard as (
  update "actiond".runs r set detached = true
  from x
  where r.id = x.id and (select count(*) from locked) > 0 and x.is_unheard and not r.detached
  returning r.id, r.status, r.detached, r.callback_url, r.callback_host, r.owner, x.owed_at
)`);
  }

  release(runs: readonly FoldedRun[]): void {
    this.parameters.push(runs.map(({ id }) => id));
    this.#parts.push(`released as (
  update "actiond".runs r set holding = false from alive
  where r.id = any($${this.parameters.length}::uuid[]) and r.replica = $1::uuid and r.holding returning 1
)`);
    this.#afterReleases = " and (select count(*) from released) >= 0";
  }

  get text(): string {
    const parts = [...this.#parts];
    let made = "null::json";
    if (this.#made.length > 0) {
      parts.push(`made as (
  ${this.#made.map((name) => `select * from ${name}`).join(" union all ")}
), owed as (
  insert into "actiond".deliveries (run_id, url, host, state, next_attempt_at, created_at, owner)
  select id, callback_url, callback_host, 'pending', owed_at, owed_at, owner from made
  where status >= 2 and detached and callback_url is not null${this.#afterReleases}
  on conflict (run_id) do nothing returning run_id, host
)`);
      made = `(select json_agg(json_build_array(made.id, made.detached, owed.host)) from made left join owed on owed.run_id = made.id)`;
    }
    return `with ${parts.join(", ")}
select (select count(*)::int from alive), ${made}, ${LET_GO}`;
  }

  /** A column of which no row has a value has no values at all: `unnest` fills it up. */
  #unnest(
    columns: readonly Column[],
    runs: readonly FoldedRun[],
    me: string,
  ): string {
    const arrays = columns.map(({ type, of }) => {
      const values = runs.map((run): Value => of(run, me));
      const isEmpty = values.every((value) => value === null);
      const { length } = this.parameters;
      this.parameters.push(isEmpty ? [] : values);
      return `$${length + 1}::${type}[]`;
    });
    const names = columns.map(({ name }) => name);
    return `unnest(${arrays.join(", ")}) as x(${names.join(", ")})`;
  }
}

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
  const statement = new Statement(me, number);
  if (inserted.length > 0) statement.insert(inserted, me);
  if (updated.length > 0) {
    const hasUnheard = updated.some(({ isUnheard }) => isUnheard);
    statement.update(updated, me, { hasUnheard });
  }
  if (released.length > 0) statement.release(released);
  const [row] = await ask(statement.text, statement.parameters);
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
