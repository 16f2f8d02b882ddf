/** Cancels a run, queued or running, and says honestly whether that is what ended it. */
import type { Caller } from "../access/caller.ts";
import { cancelled } from "../execute/outcome.ts";
import type { RunEvents } from "./events.ts";
import type { RunId } from "./run.ts";
import type { Runner } from "./active/runner.ts";
import type { RunStore } from "./store.ts";
import { isVisible, viewOf } from "./view.ts";
import { waitForOutcome } from "./wait.ts";

interface Parts {
  readonly caller: Caller;
  readonly store: RunStore;
  readonly runner: Runner;
  readonly events: RunEvents;
}

/**
 * Aborts the run's signal and waits until its outcome is recorded, which does not wait for its code.
 *
 * @returns "cancelled" when this call ended the run, "not-running" when it has ended some other way
 * @throws {ServerError} `run_not_found`, also when the caller does not see it
 */
export async function cancel(
  id: RunId,
  { caller, store, runner, events }: Parts,
): Promise<"cancelled" | "not-running"> {
  const run = runner.find(id);
  if (run === undefined || !isVisible(caller, run)) {
    const ended = await viewOf(caller, store).get(id);
    const result = "not-running";
    events.publish(ended, { kind: "cancel_asked", by: caller, result });
    return result;
  }
  const outcome = cancelled("run_cancelled", "The run was cancelled.");
  run.endEarly(outcome);
  const recorded = await waitForOutcome(run, Infinity);
  const result = recorded === outcome ? "cancelled" : "not-running";
  events.publish(run, { kind: "cancel_asked", by: caller, result });
  return result;
}
