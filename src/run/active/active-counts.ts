/** Counts how many runs of each action are in their code. */
import type { ActiveRun } from "./active-run.ts";

export interface Count {
  /** Runs that have a slot and no outcome yet. */
  running: number;
  /** Runs that have their outcome, and whose code goes on. */
  lingering: number;
}

/**
 * Counts when asked, so that nothing has to be kept up to date while runs come and go.
 *
 * @param isCounted decides which runs count; all where it is omitted
 * @returns counts by address; actions without such runs are left out
 */
export function countRuns(
  runs: {
    active: Iterable<ActiveRun>;
    lingering: Iterable<ActiveRun>;
  },
  isCounted: (run: ActiveRun) => boolean = () => true,
): ReadonlyMap<string, Readonly<Count>> {
  const counts = new Map<string, Count>();
  const add = (run: ActiveRun, member: keyof Count) => {
    if (!isCounted(run)) return;
    const { address } = run.entry;
    const count = counts.get(address) ?? { running: 0, lingering: 0 };
    count[member] += 1;
    counts.set(address, count);
  };
  for (const run of runs.active) if (run.place.isHeld) add(run, "running");
  for (const run of runs.lingering) add(run, "lingering");
  return counts;
}
