/** Patience with a store that cannot be written for a while, for example because a disk is full. */
import { setTimeout as delay } from "node:timers/promises";
import { ServerError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { ActiveRun } from "./active-run.ts";

/** A refused write may hold the event loop for as long as the store waits for a lock, so it is not offered more often. */
const RETRY_MS = 1000;

/**
 * Offers a write until the store takes it.
 *
 * @param onRefusal called each time the store does not take it; what it throws ends the offering
 * @throws {ServerError} `shutting_down` when the store is closed
 */
export async function untilStored<Value>(
  write: () => Promise<Value>,
  onRefusal: (error: unknown) => Promise<void> | void,
): Promise<Value> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (error instanceof ServerError && error.code === "shutting_down")
        throw error;
      await onRefusal(error);
      // A process may end without waiting for it.
      await delay(RETRY_MS, undefined, { ref: false });
    }
  }
}

/**
 * Offers a write about a run until the store takes it: an outcome is not lost because a disk is full for a while.
 *
 * @throws what the insertion of the run failed with: then there is no run, and nothing to record
 */
export function untilRecorded<Value>(
  run: ActiveRun,
  log: Log,
  write: () => Promise<Value>,
): Promise<Value> {
  return untilStored(write, async (error) => {
    await run.recorded;
    log.error("A run's start or outcome cannot be recorded yet.", {
      run_id: run.id,
      error,
    });
  });
}
