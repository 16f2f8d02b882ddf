/** The clocks of a run: how long it may be queued, and how long it may run. How long a caller waits is another matter. */
import { MAX_TIMER_MS } from "../../units.ts";
import type { ActiveRun } from "./active-run.ts";
import { failed } from "../../execute/outcome.ts";

/** Limits in milliseconds; Infinity for no limit. */
export interface Timeouts {
  readonly startTimeoutMs: number;
  readonly runTimeoutMs: number;
}

/** Combines the limits of the request, the action and the server: the smallest of each counts. */
export function smallest(
  request: Timeouts,
  action: Timeouts,
  server: Timeouts,
): Timeouts {
  return {
    startTimeoutMs: Math.min(
      request.startTimeoutMs,
      action.startTimeoutMs,
      server.startTimeoutMs,
    ),
    runTimeoutMs: Math.min(
      request.runTimeoutMs,
      action.runTimeoutMs,
      server.runTimeoutMs,
    ),
  };
}

/**
 * Fails the run with `start_timed_out` when it is queued for too long, counted from its acceptance.
 *
 * @returns undefined where there is no limit
 */
export function startQueueClock(run: ActiveRun): Disposable | undefined {
  const { startTimeoutMs: ms, createdAt } = run;
  return startTimer(ms - (Date.now() - createdAt), () => {
    run.endEarly(startTimedOut(ms));
  });
}

/** The outcome of a run that was queued for longer than `ms`. */
export function startTimedOut(ms: number): ReturnType<typeof failed> {
  return failed(
    "start_timed_out",
    `The run did not start within ${ms / 1000} s.`,
  );
}

/**
 * Fails the run with `run_timed_out` when it runs for too long, all its attempts together, and aborts its signal.
 *
 * @returns undefined where there is no limit
 */
export function startRunClock(run: ActiveRun): Disposable | undefined {
  const { runTimeoutMs: ms, remainingMs } = run;
  return startTimer(remainingMs, () => {
    run.endEarly(
      failed("run_timed_out", `The run did not end within ${ms / 1000} s.`),
    );
  });
}

/** Starts a timer that can be disposed of. @returns undefined when it would not ring for weeks */
export function startTimer(
  ms: number,
  ring: () => void,
): Disposable | undefined {
  if (ms > MAX_TIMER_MS) return undefined;
  // What is due already may have become so a moment ago, and Node warns of negative delays.
  const timer = setTimeout(ring, Math.max(ms, 0));
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
    },
  };
}
