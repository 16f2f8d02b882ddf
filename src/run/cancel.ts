/** Cancels a run, queued or running, and says honestly whether that is what ended it. */
import type { Caller } from "../access/caller.ts";
import { cancelled } from "../execute/outcome.ts";
import type { RunEvents } from "./events.ts";
import { isFinished, type Outcome, type Run, type RunId } from "./run.ts";
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
    const kept = await viewOf(caller, store).get(id);
    const result = isFinished(kept)
      ? "not-running"
      : await cancelElsewhere(kept, { store, events });
    events.publish(kept, { kind: "cancel_asked", by: caller, result });
    return result;
  }
  const outcome = toOutcome();
  run.endEarly(outcome);
  const recorded = await waitForOutcome(run, Infinity);
  const result = recorded === outcome ? "cancelled" : "not-running";
  events.publish(run, { kind: "cancel_asked", by: caller, result });
  return result;
}

/** Ends a run that is carried by another process, which then hears that its code has to end. */
async function cancelElsewhere(
  run: Run,
  { store, events }: Pick<Parts, "store" | "events">,
): Promise<"cancelled" | "not-running"> {
  const at = Date.now();
  const runMs = run.startedAt === null ? null : at - run.startedAt;
  const end = { outcome: toOutcome(), at, runMs };
  const { isFirst, owedTo } = await store.finish(run, end, "anyone");
  if (owedTo !== undefined) events.publish(run, { kind: "owed", host: owedTo });
  return isFirst ? "cancelled" : "not-running";
}

function toOutcome(): Outcome {
  return cancelled("run_cancelled", "The run was cancelled.");
}
