/** Looks at a run when it has ended, or when there was enough waiting for that. */
import type { Caller } from "../access/caller.ts";
import type { Runner } from "./active/runner.ts";
import type { News } from "./elsewhere/news.ts";
import { isFinished, type Run } from "./run.ts";
import type { RunStore } from "./store.ts";
import { isVisible, viewOf } from "./view.ts";
import { waitElsewhere, waitForOutcome } from "./wait.ts";

export interface LookParts {
  readonly store: RunStore;
  readonly runner: Runner;
  readonly news: News;
}

/**
 * @param waitMs how long to wait for the run's outcome before looking
 * @param options.signal ends the wait
 * @throws {ServerError} `run_not_found`, also when the caller does not see it; `shutting_down`
 */
export async function lookAfterWait(
  id: string,
  waitMs: number,
  {
    caller,
    store,
    runner,
    news,
    signal,
  }: LookParts & { caller: Caller; signal?: AbortSignal },
): Promise<Run> {
  const view = viewOf(caller, store);
  if (waitMs === 0) return await view.get(id);
  const active = runner.find(id);
  if (active !== undefined && isVisible(caller, active)) {
    await waitForOutcome(active, waitMs, signal);
  } else {
    const run = await view.get(id);
    if (isFinished(run)) return run;
    await waitElsewhere(run.id, waitMs, { news, signal });
  }
  return await view.get(id);
}
