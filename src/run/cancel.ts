/** Cancels a run, queued or running, and says honestly whether that is what ended it. */
import type { Caller } from "../access/caller.ts";
import { cancelled } from "./outcome.ts";
import type { RunId, RunStore } from "./run.ts";
import type { Runner } from "./runner.ts";
import { isVisible, viewOf } from "./view.ts";
import { waitForOutcome } from "./wait.ts";

/**
 * Aborts the run's signal and waits until its outcome is recorded, which does not wait for its code.
 *
 * @returns "cancelled" when this call ended the run, "not-running" when it has ended some other way
 * @throws {ServerError} `run_not_found`, also when the caller does not see it
 */
export async function cancel(
  id: RunId,
  {
    caller,
    store,
    runner,
  }: { caller: Caller; store: RunStore; runner: Runner },
): Promise<"cancelled" | "not-running"> {
  const run = runner.find(id);
  if (run === undefined || !isVisible(caller, run)) {
    viewOf(caller, store).get(id);
    return "not-running";
  }
  const outcome = cancelled("run_cancelled", "The run was cancelled.");
  run.endEarly(outcome);
  const recorded = await waitForOutcome(run, Infinity);
  return recorded === outcome ? "cancelled" : "not-running";
}
