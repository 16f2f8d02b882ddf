/** Patience with a store that cannot be written for a while, for example because a disk is full. */
import { setTimeout as delay } from "node:timers/promises";
import { ServerError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { ActiveRun } from "./active-run.ts";

/** Each refusal in a row doubles the delay: what is over soon costs little, and what lasts fills no log. */
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 1000;

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
  for (let retryMs = FIRST_RETRY_MS; ; retryMs *= 2) {
    try {
      return await write();
    } catch (error) {
      if (error instanceof ServerError && error.code === "shutting_down")
        throw error;
      await onRefusal(error);
      // A process may end without waiting for it.
      await delay(Math.min(retryMs, MAX_RETRY_MS), undefined, { ref: false });
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
