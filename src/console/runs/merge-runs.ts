/** Puts what is known now into a list that somebody may be reading. */
import type { RunSummary } from "../api/objects.ts";

/**
 * @param before what is shown; undefined when nothing is
 * @param loaded the list as it is now
 * @param isHeld runs that are not shown yet must wait
 */
export function mergeRuns(
  before: readonly RunSummary[] | undefined,
  loaded: readonly RunSummary[],
  isHeld: boolean,
): { runs: readonly RunSummary[]; waitingCount: number } {
  if (before === undefined || !isHeld) return { runs: loaded, waitingCount: 0 };
  const byId = new Map(loaded.map((run) => [run.id, run]));
  const newest = before[0]?.numbered_id ?? 0;
  return {
    runs: before.map((run) => byId.get(run.id) ?? run),
    waitingCount: loaded.filter((run) => run.numbered_id > newest).length,
  };
}
