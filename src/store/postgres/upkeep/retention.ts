/** Retention: finished runs are deleted when they are old or too many, by whichever replica looks first. */
import type { RunId } from "../../../run/run.ts";
import type { SweepOptions } from "../../sweeping.ts";
import type { Client } from "../connect/client.ts";
import { LET_GO, lockOf } from "../locks.ts";

/** Finished, with no code that goes on, and nobody is owed a callback any more: a condition on the run `r`. */
export const isDeletable = `r.status >= 2 and not r.holding and not exists (
  select 1 from "actiond".deliveries d where d.run_id = r.id and d.state = 'pending')`;

/** Runs that are looked at in one transaction. */
const STEP = 500;

/**
 * Deletes what need not be kept any more, step by step.
 *
 * @param options.signal ends it between two steps
 * @returns how many runs were deleted; undefined when another replica does it now
 */
export async function sweep(
  client: Pick<Client, "transaction">,
  options: SweepOptions,
): Promise<number | undefined> {
  const {
    keepRunsMs,
    keepCount,
    now,
    signal,
    onDropped = () => undefined,
  } = options;
  const oldest = Math.max(now - keepRunsMs, 0);
  let deletedCount = 0;
  let after: number | null = 0;
  while (after !== null && !signal.aborted) {
    const from: number = after;
    const step = await client.transaction(async (ask) => {
      const [lock] = await ask(
        `select pg_try_advisory_xact_lock(${lockOf("retention")}), ${LET_GO}`,
      );
      if (lock?.[0] !== true) return undefined;
      const [row] = await ask(DROP, [
        from,
        oldest,
        Math.min(keepCount, Number.MAX_SAFE_INTEGER),
      ]);
      return row as unknown as [
        count: number,
        withArtifacts: RunId[] | null,
        last: string | null,
      ];
    });
    if (step === undefined) return from === 0 ? undefined : deletedCount;
    const [count, withArtifacts, last] = step;
    deletedCount += count;
    if (withArtifacts !== null) onDropped(withArtifacts);
    after = last === null ? null : Number(last);
  }
  return deletedCount;
}

/** $1: looks at runs after this one; $2: the end before which a run is old; $3: how many are kept at most. */
const DROP = `
with newest as (select max(numbered_id) as id from "actiond".runs), looked as materialized (
  select r.numbered_id, r.created_at from "actiond".runs r
  where r.numbered_id > $1::int8 order by r.numbered_id limit ${STEP}
), old as materialized (
  select numbered_id from looked, newest
  where created_at < $2::int8 or numbered_id <= newest.id - $3::int8
), gone as (
  delete from "actiond".runs r using old, newest
  where r.numbered_id = old.numbered_id and ${isDeletable}
    and (r.finished_at < $2::int8 or r.numbered_id <= newest.id - $3::int8)
  returning r.id, r.has_artifacts
)
select (select count(*)::int from gone), (select array_agg(id) from gone where has_artifacts),
  (select max(numbered_id) from old)`;
