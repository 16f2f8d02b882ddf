/** Waiting for an outcome: for a caller that detaches when its time is up, and for those who only look. */
import { cancelled } from "../execute/outcome.ts";
import { MAX_TIMER_MS } from "../units.ts";
import type { ActiveRun, Wake } from "./active/active-run.ts";
import { startTimer } from "./active/clock.ts";
import type { RunEvents } from "./events.ts";
import type { News } from "./elsewhere/news.ts";
import type { Outcome, RunId } from "./run.ts";
import type { RunStore } from "./store.ts";
import { untilStored } from "./active/until-stored.ts";

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

/** What is known of a caller that waits for the outcome of its own run. */
interface Waiting {
  readonly waitMs: number;
  readonly callbackUrl: URL | null;
  readonly connection: { readonly signal: AbortSignal };
  readonly onDisconnect: "continue" | "cancel";
}

interface Parts {
  readonly store: RunStore;
  readonly events: RunEvents;
}

/**
 * Waits like `waitForOutcome`, for the caller that is owed the outcome: when its time is up, or its connection breaks,
 * the run is detached and the outcome belongs to the callback. The store decides which came first.
 *
 * @returns the outcome the caller must be told, or "detached"
 * @throws {ServerError} `store_unavailable` when its time is up and that cannot be recorded yet: once it can, the
 *   outcome belongs to the callback
 */
export async function waitOrDetach(
  run: ActiveRun,
  caller: Waiting,
  parts: Parts,
): Promise<Outcome | "detached"> {
  const { callbackUrl, onDisconnect, waitMs } = caller;
  // Whether the connection holds matters only to those who asked for something to be done when it breaks.
  const isWatched = callbackUrl !== null || onDisconnect === "cancel";
  const signal = isWatched ? caller.connection.signal : undefined;
  const outcome = await waitForOutcome(run, waitMs, signal);
  if (signal?.aborted === true) {
    const detached = detachUnheard(run, parts);
    if (onDisconnect === "cancel")
      run.endEarly(
        cancelled("run_cancelled", "The connection of the caller broke."),
      );
    await detached;
    return "detached";
  }
  if (outcome !== undefined) return toldOf(run, outcome);
  try {
    if (await parts.store.detach(run.id)) {
      parts.events.publish(run, { kind: "detached" });
      return "detached";
    }
  } catch (error) {
    // Once closed, the store knows the run as unfinished: the next start detaches it.
    detachUnheard(run, parts).catch(() => undefined);
    throw error;
  }
  return toldOf(run, (await waitForOutcome(run, Infinity)) as Outcome);
}

/** A caller whom another process has detached is told no outcome, because the callback is. */
function toldOf(run: ActiveRun, outcome: Outcome): Outcome | "detached" {
  return run.isDetachedElsewhere ? "detached" : outcome;
}

/**
 * Waits until a run has ended that is not carried here, at most `waitMs`. Where no other process could carry it, there is
 * nothing to wait for.
 */
export async function waitElsewhere(
  id: RunId,
  waitMs: number,
  { news, signal }: { news: News; signal?: AbortSignal | undefined },
): Promise<void> {
  const stop = new AbortController();
  const giveUp = () => {
    stop.abort();
  };
  using _ = startTimer(waitMs, giveUp);
  signal?.addEventListener("abort", giveUp);
  if (signal?.aborted === true) giveUp();
  await news.untilEnded(id, stop.signal);
  signal?.removeEventListener("abort", giveUp);
}

/** The caller has heard no outcome and will hear none: sooner or later that is recorded, whatever becomes of the disk. */
async function detachUnheard(
  run: ActiveRun,
  { store, events }: Parts,
): Promise<void> {
  const { owedTo } = await untilStored(
    () => store.detachUnheard(run.id),
    () => undefined,
  );
  events.publish(run, { kind: "unheard" });
  if (owedTo !== undefined) events.publish(run, { kind: "owed", host: owedTo });
}
