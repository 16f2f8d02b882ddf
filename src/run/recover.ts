/** Puts a store in order after a stop: what was running is cancelled, what was queued runs, oldest first. */
import type { Catalog } from "../action/catalog.ts";
import { ActiveRun } from "./active-run.ts";
import type { Limit } from "./limit.ts";
import { cancelled, failed } from "./outcome.ts";
import type { Outcome, Run, RunStore } from "./run.ts";
import type { Runner } from "./runner.ts";

/**
 * Leaves no run queued or running without something working on it. Nobody waits for these runs any more: each is
 * detached, so that its outcome goes to its callback. Must be done before deliveries start.
 *
 * @returns how many runs were interrupted, and how many are queued again
 */
export async function recover({
  store,
  catalog,
  limit,
  runner,
}: {
  store: RunStore;
  catalog: Catalog;
  limit: Limit;
  runner: Runner;
}): Promise<{ interruptedCount: number; queuedCount: number }> {
  const unfinished = store.unfinished();
  const detached = unfinished.map((run) => store.detach(run.id));
  const queued = unfinished.filter((run) => run.status === "queued");
  const running = unfinished.filter((run) => run.status === "running");
  const finished = running.map((run) => finish(store, run, interrupted()));
  for (const run of queued) {
    const outcome = requeue(run, { catalog, limit, runner });
    if (outcome !== undefined) finished.push(finish(store, run, outcome));
  }
  await Promise.all([...detached, ...finished]);
  return { interruptedCount: running.length, queuedCount: queued.length };
}

/** How a run ends that the server's own end took along. */
export function interrupted(): Outcome {
  return cancelled(
    "interrupted",
    "The server stopped while the run was running.",
  );
}

/** @returns the outcome of a run that cannot run any more */
function requeue(
  run: Run,
  {
    catalog,
    limit,
    runner,
  }: { catalog: Catalog; limit: Limit; runner: Runner },
): Outcome | undefined {
  const entry = catalog.find(run.package, run.action);
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
  const work = { entry, input: checked.value, place: limit.enqueue() };
  runner.launch(new ActiveRun(run, work), Promise.resolve());
  return undefined;
}

function finish(store: RunStore, run: Run, outcome: Outcome) {
  return store.finish(run, outcome, { at: Date.now(), runMs: null });
}
