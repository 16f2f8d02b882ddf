/** Deletes what need not be kept any more, now and then, for as long as the server runs. */
import { setTimeout } from "node:timers/promises";
import type { Log } from "../log.ts";
import type { RunId } from "../run/run.ts";

export interface Retention {
  /** Runs are kept this long after their end; Infinity for ever. */
  readonly keepRunsMs: number;
  /** And at most so many of all runs; Infinity as many as there are. */
  readonly keepCount: number;
  /** Told of runs that were deleted and have left files. */
  readonly onDropped?: (ids: readonly RunId[]) => void;
}

/** `signal` ends it between two steps. */
export type SweepOptions = Retention & {
  readonly now: number;
  readonly signal: AbortSignal;
};

/** How often old runs are deleted. */
const SWEEP_MS = 60_000;

/**
 * Begins at once. Disposing of it waits for the step that is under way.
 *
 * @param sweep deletes what is old, and answers how many runs that were; undefined when another process does it
 */
export function keepSweeping(
  sweep: (options: SweepOptions) => Promise<number | undefined>,
  retention: Retention,
  log: Log,
): AsyncDisposable {
  const stop = new AbortController();
  const { signal } = stop;
  const ended = (async () => {
    while (!signal.aborted) {
      try {
        const deletedCount = await sweep({
          ...retention,
          now: Date.now(),
          signal,
        });
        if (deletedCount !== undefined && deletedCount > 0)
          log.info("Deleted old runs.", { deleted_count: deletedCount });
      } catch (error) {
        log.error("Old runs cannot be deleted.", { error });
      }
      // Processes that share a store and start together look one after the other.
      const pause = SWEEP_MS * (0.9 + 0.2 * Math.random());
      await setTimeout(pause, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
