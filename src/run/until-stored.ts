/** Patience with a store that cannot be written for a while: because a disk is full, say. */
import { setTimeout as delay } from "node:timers/promises";
import { ServerError } from "../errors.ts";

const RETRY_MS = 1000;

/**
 * Offers a write until the store takes it.
 *
 * @param onRefusal called each time that it does not; what it throws ends the offering
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
