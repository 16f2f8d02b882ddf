/** Drains the server: running runs may end while new ones are refused, then they are interrupted. */
import { type Reception, shuttingDown } from "./accept.ts";
import type { Limit } from "./limit.ts";
import { interrupted } from "./recover.ts";
import type { RunStore } from "./run.ts";
import type { Runner } from "./runner.ts";

/**
 * What is queued stays queued, for the next start: its waiting callers are told `shutting_down` and its outcome will
 * belong to the callback. Resolves when every run that had started has an outcome on disk.
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
  const released = [...parts.runner.active]
    .filter((run) => !run.hasStarted)
    .map(async (run) => {
      await parts.store.detach(run.id);
      run.dismiss(shuttingDown());
    });
  const timer = setTimeout(() => {
    for (const run of parts.runner.active)
      if (run.hasStarted) run.interrupt(interrupted());
  }, drainMs);
  await Promise.all([...released, parts.runner.untilIdle()]);
  clearTimeout(timer);
}
