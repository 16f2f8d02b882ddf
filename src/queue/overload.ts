/** The refusal of a run for which there is no place, and when there may be one. */
import { ServerError } from "../errors.ts";

const MAX_RETRY_AFTER_SECONDS = 3600;

/**
 * @param what is too much: "runs", "runs of shop/order"
 * @param state.ratePerMs how many places become free in a millisecond; 0 when that is not known
 */
export function overloaded(
  what: string,
  state: { runningCount: number; queuedCount: number; ratePerMs: number },
): ServerError {
  const { runningCount, queuedCount, ratePerMs } = state;
  const whose = what === "runs" ? "this server" : "the action";
  return new ServerError(
    "overloaded",
    `${runningCount} ${what} are running and ${queuedCount} are queued, which is all ${whose} takes.`,
    { retryAfterSeconds: toRetryAfter(ratePerMs) },
  );
}

/** In whole seconds, as the header needs it: at least one, at most an hour. */
function toRetryAfter(ratePerMs: number): number {
  if (ratePerMs === 0) return 1;
  const seconds = Math.ceil(1 / ratePerMs / 1000);
  return Math.min(MAX_RETRY_AFTER_SECONDS, seconds);
}
