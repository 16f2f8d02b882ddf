/** Deletes what need not be kept any more, now and then, for as long as the server runs. */
import { setTimeout } from "node:timers/promises";
import type { Log } from "../../../log.ts";
import type { Store } from "../open.ts";
import { type Retention, sweep } from "./retention.ts";

/** How often old runs are deleted. */
const SWEEP_MS = 60_000;

/** Begins at once. Disposing of it waits for the step that is under way. */
export function keepSweeping(
  store: Store,
  retention: Retention,
  log: Log,
): AsyncDisposable {
  const stop = new AbortController();
  const { signal } = stop;
  const ended = (async () => {
    while (!signal.aborted) {
      try {
        const deletedCount = await sweep(store, {
          ...retention,
          now: Date.now(),
          signal,
        });
        if (deletedCount > 0)
          log.info("Deleted old runs.", { deleted_count: deletedCount });
      } catch (error) {
        log.error("Old runs cannot be deleted.", { error });
      }
      await setTimeout(SWEEP_MS, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
