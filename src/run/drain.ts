/** Drains the server: running runs may end while new ones are refused, then they are interrupted. */
import { type Reception, shuttingDown } from "./accept.ts";
import type { ActiveRun } from "./active-run.ts";
import type { Limit } from "./limit.ts";
import { interrupted } from "./recover.ts";
import type { RunStore } from "./run.ts";
import type { Runner } from "./runner.ts";
import { untilStored } from "./until-stored.ts";

/** How long the store has after the drain to take what it could not take before. */
const RECORD_MS = 5000;

/**
 * What is queued or backs off stays so, for the next start, and so does a run that may run again: their waiting callers
 * are told `shutting_down` and their outcome will belong to the callback. Resolves when every run whose turn had come has
 * an outcome on disk, whether its code has ended or not.
 *
 * @param drainMs how long running runs may take to end by themselves
 * @param recordMs how long the store may take after that; what it has not taken then, the next start interrupts
 * @returns how many outcomes the store has not taken
 */
export async function drain(
  drainMs: number,
  parts: {
    reception: Reception;
    limit: Limit;
    runner: Runner;
    store: RunStore;
  },
  recordMs = RECORD_MS,
): Promise<number> {
  const { runner, store } = parts;
  parts.reception.close();
  parts.limit.close();
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<void>();
  const release = async (run: ActiveRun) => {
    // The next start does it where it cannot be done now.
    const detached = untilStored(
      () => store.detach(run.id),
      () => undefined,
    );
    await Promise.race([detached, givenUp]);
    run.dismiss(shuttingDown());
  };
  const leaving = new Map<ActiveRun, Promise<void>>();
  /** It goes on at the next start. */
  const leave = (run: ActiveRun) => {
    if (leaving.has(run)) return;
    const left = release(run).then(() => {
      run.suspend(interrupted());
    });
    leaving.set(run, left);
  };
  const timer = setTimeout(() => {
    for (const run of runner.active) {
      if (leaving.has(run)) continue;
      if (run.entry.action.onInterrupt === "retry") leave(run);
      else run.interrupt(interrupted());
    }
  }, drainMs);
  const untilLeft = async () => {
    for (;;) {
      const active = [...runner.active];
      // Runs begin to back off meanwhile.
      for (const run of active) if (!run.hasLeftQueue) leave(run);
      if (!active.some((run) => run.hasLeftQueue)) break;
      await runner.untilPause();
    }
    await Promise.all(leaving.values());
  };
  const lastTimer = setTimeout(giveUp, drainMs + recordMs);
  await Promise.race([untilLeft(), givenUp]);
  clearTimeout(timer);
  clearTimeout(lastTimer);
  const unrecorded = [...runner.active].filter(
    (run) => run.hasLeftQueue && !run.isSuspended,
  );
  for (const run of unrecorded) run.dismiss(shuttingDown());
  return unrecorded.length;
}
