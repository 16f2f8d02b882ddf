/** Waiting for an outcome: for a caller that detaches when its time is up, and for those who only look. */
import type { ActiveRun, Wake } from "./active-run.ts";
import { MAX_TIMER_MS } from "../units.ts";
import { cancelled } from "./outcome.ts";
import type { Outcome, RunStore } from "./run.ts";
import { untilStored } from "./until-stored.ts";

/**
 * Waits until the run's outcome is recorded, at most `waitMs`.
 *
 * @returns undefined when the time was up first or `signal` aborted
 * @throws what the waiting was given up for, such as `shutting_down`
 */
export function waitForOutcome(
  run: ActiveRun,
  waitMs: number,
  signal?: AbortSignal,
): Promise<Outcome | undefined> {
  return new Promise((resolve, reject) => {
    const end: Wake = (error, outcome) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      if (error === undefined) resolve(outcome);
      else reject(error);
    };
    const giveUp = () => {
      unsubscribe();
      end(undefined);
    };
    const timer =
      waitMs > MAX_TIMER_MS ? undefined : setTimeout(giveUp, waitMs);
    signal?.addEventListener("abort", giveUp);
    const unsubscribe = run.onFinish(end);
    if (signal?.aborted === true) giveUp();
  });
}

interface Parts {
  readonly store: RunStore;
  /** Called when a callback to this host has become due. */
  readonly onOwed: (host: string) => void;
}

/**
 * Waits like `waitForOutcome`, for the caller that is owed the outcome: when its time is up, or its connection breaks,
 * the run is detached and the outcome belongs to the callback. The store decides which came first.
 *
 * @param caller.signal aborts when the caller's connection breaks
 * @param caller.onDisconnect whether that cancels the run
 * @returns the outcome the caller must be told, or "detached"
 * @throws {ServerError} `store_unavailable` when its time is up and that cannot be recorded yet: once it can, the
 *   outcome belongs to the callback
 */
export async function waitOrDetach(
  run: ActiveRun,
  caller: {
    waitMs: number;
    signal?: AbortSignal;
    onDisconnect?: "continue" | "cancel";
  },
  parts: Parts,
): Promise<Outcome | "detached"> {
  const outcome = await waitForOutcome(run, caller.waitMs, caller.signal);
  if (caller.signal?.aborted === true) {
    const abandoned = abandon(run, parts);
    if (caller.onDisconnect === "cancel")
      run.endEarly(
        cancelled("run_cancelled", "The connection of the caller broke."),
      );
    await abandoned;
    return "detached";
  }
  if (outcome !== undefined) return outcome;
  try {
    if (await parts.store.detach(run.id)) return "detached";
  } catch (error) {
    // Closed, the store knows the run as unfinished: the next start abandons it.
    abandon(run, parts).catch(() => undefined);
    throw error;
  }
  return (await waitForOutcome(run, Infinity)) as Outcome;
}

/** The caller has heard no outcome and will hear none: sooner or later that is recorded, whatever becomes of the disk. */
async function abandon(run: ActiveRun, { store, onOwed }: Parts) {
  const { owedTo } = await untilStored(
    () => store.detachUnheard(run.id),
    () => undefined,
  );
  if (owedTo !== undefined) onOwed(owedTo);
}
