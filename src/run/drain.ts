/** Lets running runs end while no new ones are accepted. */
import { type RunAcceptor, shuttingDown } from "./accept.ts";
import type { ActiveRun } from "./active/active-run.ts";
import type { RunEvents } from "./events.ts";
import type { Turns } from "../queue/turns.ts";
import { interrupted } from "./take-up.ts";
import type { Runner } from "./active/runner.ts";
import type { RunStore } from "./store.ts";
import { untilStored } from "./active/until-stored.ts";

/** How long the store has after the drain to take what it could not take before. */
const RECORD_MS = 5000;

interface Parts {
  readonly acceptor: RunAcceptor;
  readonly turns: Pick<Turns, "close">;
  readonly runner: Runner;
  readonly store: RunStore;
  readonly events: RunEvents;
}

/**
 * What is queued or backs off stays so, for the next start, and so does a run that may run again: their waiting callers
 * are told `shutting_down` and their outcome will belong to the callback. Resolves when every run whose turn had come
 * has an outcome on disk, whether its code has ended or not.
 *
 * @param drainMs how long running runs may take to end by themselves
 * @param recordMs how long the store may take after that; what it has not taken then, the next start interrupts
 * @returns how many outcomes the store has not taken
 */
export async function drain(
  drainMs: number,
  parts: Parts,
  recordMs = RECORD_MS,
): Promise<number> {
  const { runner, store, events } = parts;
  parts.acceptor.close();
  parts.turns.close();
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<void>();
  const release = async (run: ActiveRun) => {
    // The next start does it where it cannot be done now.
    const detached = untilStored(
      () => store.detach(run.id),
      () => undefined,
    );
    await Promise.race([detached, givenUp]);
    // A run that was cancelled meanwhile will have its outcome, and those who wait for that are told.
    if (!run.isEndedEarly) run.dismiss(shuttingDown());
  };
  const released = new Map<ActiveRun, Promise<void>>();
  const releaseWaiting = () => {
    for (const run of runner.active)
      if (!run.hasLeftQueue && !released.has(run))
        released.set(run, release(run));
  };
  const interrupt = async (run: ActiveRun) => {
    if (run.entry.action.onInterrupt === "cancel") {
      run.endEarly(interrupted());
      return;
    }
    await release(run);
    run.suspend(interrupted());
  };
  const timer = setTimeout(() => {
    for (const run of runner.active) if (run.hasLeftQueue) void interrupt(run);
  }, drainMs);
  const untilIdle = async () => {
    const { promise: idle, resolve } = Promise.withResolvers<void>();
    const look = () => {
      // Runs begin to back off meanwhile.
      releaseWaiting();
      if (![...runner.active].some((run) => run.hasLeftQueue)) resolve();
    };
    using _ = events.listen(["released", "attempt_failed"], look);
    look();
    await idle;
    await Promise.all(released.values());
  };
  const lastTimer = setTimeout(giveUp, drainMs + recordMs);
  await Promise.race([untilIdle(), givenUp]);
  clearTimeout(timer);
  clearTimeout(lastTimer);
  const unrecorded = [...runner.active].filter((run) => run.hasLeftQueue);
  // Until now each of them could still be cancelled. No timer of theirs stays behind.
  for (const run of runner.active)
    if (!run.hasLeftQueue) run.suspend(interrupted());
  for (const run of unrecorded) run.dismiss(shuttingDown());
  return unrecorded.length;
}
