/** Puts a store in order after a stop: what was running is cancelled, what was queued or backed off goes on, oldest first. */
import type { Catalog } from "../catalog/catalog.ts";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import { ActiveRun } from "./active-run.ts";
import { concurrencyKeyOf } from "../queue/concurrency-key.ts";
import type { Scheduler } from "../queue/scheduler.ts";
import { cancelled, failed } from "./outcome.ts";
import type { Outcome, Run, RunStore } from "./run.ts";
import type { Runner } from "./runner.ts";

interface Parts {
  store: RunStore;
  catalog: Catalog;
  scheduler: Scheduler;
  runner: Runner;
}

/**
 * Leaves no run queued or running without something working on it. Nobody waits for these runs any more: each is
 * detached, so that its outcome goes to its callback. Must be done before deliveries start.
 *
 * @returns how many runs were interrupted, and how many are queued again
 */
export async function recover(
  parts: Parts,
): Promise<{ interruptedCount: number; queuedCount: number }> {
  const { store } = parts;
  const unfinished = store.unfinished();
  const detached = unfinished.map((run) => store.detach(run.id));
  const outcomes = unfinished.map((run) => ({
    run,
    outcome: takeUp(run, parts),
  }));
  const ended = outcomes.filter(({ outcome }) => outcome !== undefined);
  const finished = ended.map(({ run, outcome }) =>
    store.finish(run, outcome as Outcome, { at: Date.now(), runMs: null }),
  );
  await Promise.all([...detached, ...finished]);
  return {
    interruptedCount: ended.length,
    queuedCount: outcomes.length - ended.length,
  };
}

/** How a run ends that the server's own end took along. */
export function interrupted(): Outcome {
  return cancelled(
    "interrupted",
    "The server stopped while the run was running.",
  );
}

/** Queues a run again. @returns the outcome of one that cannot run any more */
function takeUp(
  run: Run,
  { catalog, scheduler, runner }: Parts,
): Outcome | undefined {
  const entry = catalog.find(run.package, run.action);
  const isBackingOff = run.nextAttemptAt !== null;
  const isInterrupted = run.status === "running" && !isBackingOff;
  if (isInterrupted && !mayRunAgain(run, entry)) return interrupted();
  if (entry === undefined)
    return failed(
      "action_not_found",
      `The action ${run.package}/${run.action} was gone when the server started again.`,
    );
  const checked = entry.checkInput(JSON.parse(run.input));
  if (!checked.ok)
    return failed(
      "invalid_input",
      `The input breaks the input schema that ${entry.address} has since the server started again.`,
    );
  const key = findKey(entry, checked.value);
  if (typeof key !== "string") return key;
  const attempt = isInterrupted ? run.attempt + 1 : run.attempt;
  const queueEntry = isBackingOff
    ? scheduler.enqueueResting(entry, key)
    : scheduler.enqueue(entry, key);
  const active = new ActiveRun(
    { ...run, attempt, isStartRecorded: isBackingOff },
    { entry, input: checked.value, queueEntry },
  );
  if (isBackingOff)
    active.startedAt = performance.now() - (Date.now() - Number(run.startedAt));
  runner.launch(active, Promise.resolve());
  return undefined;
}

/** @returns the outcome of a run whose action does not say its key any more */
function findKey(entry: CatalogEntry, input: unknown): string | Outcome {
  try {
    return concurrencyKeyOf(entry, input);
  } catch (error) {
    return failed("concurrency_key_failed", (error as Error).message);
  }
}

/** A run that took the server down each time must not do so for ever. */
function mayRunAgain(run: Run, entry: CatalogEntry | undefined): boolean {
  return (
    entry?.action.onInterrupt === "retry" &&
    run.attempt < entry.action.maxAttempts
  );
}
