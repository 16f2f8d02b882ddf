/** Whether a run that failed is tried again, and when. */
import type { RetryPolicy } from "../action/retries.ts";
import type { ActiveRun } from "./active-run.ts";
import type { Outcome, RunError } from "./run.ts";

/**
 * Exponential with full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param random from 0 to 1
 * @returns milliseconds until the next attempt; undefined when the outcome stands: it is no failure that is tried again,
 *   there were enough attempts, or the run will be out of time by then
 */
export function planRetry(
  run: ActiveRun,
  outcome: Outcome,
  random: () => number,
): number | undefined {
  const { retries } = run.entry.action;
  if (retries === undefined || outcome.status !== "failed") return undefined;
  if (run.attempt >= retries.attempts) return undefined;
  if (!isRetried(outcome.error, retries)) return undefined;
  const delayMs =
    random() *
    Math.min(retries.maxBackoffMs, retries.backoffMs * 2 ** (run.attempt - 1));
  return delayMs < run.remainingMs ? delayMs : undefined;
}

function isRetried(
  { code, kind, name, retryable }: RunError,
  { on }: RetryPolicy,
): boolean {
  if (retryable !== undefined) return retryable;
  return on.includes(code) || on.includes(kind) || on.includes(name ?? kind);
}
