/** Drains the server: running runs may end while new ones are refused, then they are interrupted. */
import { type Reception, shuttingDown } from "./accept.ts";
import type { ActiveRun } from "./active-run.ts";
import type { Limit } from "./limit.ts";
import { interrupted } from "./recover.ts";
import type { RunStore } from "./run.ts";
import type { Runner } from "./runner.ts";

/**
 * What is queued stays queued, for the next start, and so does a run that may run again: their waiting callers are told
 * `shutting_down` and their outcome will belong to the callback. Resolves when every run that had started has an outcome on disk.
 *
 * @param drainMs how long running runs may take to end by themselves
 */
export async function drain(
  drainMs: number,
  parts: {
    reception: Reception;
    limit: Limit;
    runner: Runner;
    store: RunStore;
  },
): Promise<void> {
  parts.reception.close();
  parts.limit.close();
  const release = async (run: ActiveRun) => {
    await parts.store.detach(run.id);
    run.dismiss(shuttingDown());
  };
  const interrupt = async (run: ActiveRun) => {
    if (run.entry.action.onInterrupt === "cancel") {
      run.interrupt(interrupted());
      return;
    }
    await release(run);
    run.suspend(interrupted());
  };
  const released = [...parts.runner.active]
    .filter((run) => !run.hasStarted)
    .map(release);
  const timer = setTimeout(() => {
    for (const run of parts.runner.active)
      if (run.hasStarted) void interrupt(run);
  }, drainMs);
  await Promise.all([...released, parts.runner.untilIdle()]);
  clearTimeout(timer);
}
