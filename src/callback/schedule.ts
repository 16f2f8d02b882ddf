/** Decides what becomes of a delivery after an attempt: delivered, refused, owed until later, or dead. */
import type { Delivery, DeliveryState } from "../run/delivery/delivery.ts";

/** The receiver's answer to an attempt. */
export interface Answer {
  /** Null when there was no answer: a timeout or a connection error. */
  readonly httpStatus: number | null;
  /** The `retry-after` header of the answer, "" when it has none. */
  readonly retryAfter: string;
}

export interface NextState {
  readonly state: DeliveryState;
  readonly nextAttemptAt: number | null;
}

/** The longest time for which a receiver can put off its callbacks. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Any 2xx means delivered, and 410 means refused. After any other answer the delivery is tried again after the delay of
 * the schedule, or later when a 429 or 503 asks for that, until the schedule ends.
 *
 * @param clock.retryMs delays before the second, third … attempt
 * @param clock.random returns 0 to 1: "full jitter" picks a delay between nothing and the whole step, so that deliveries
 *   that failed together are not tried again together: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function toNextState(
  { attemptCount }: Pick<Delivery, "attemptCount">,
  { httpStatus, retryAfter }: Answer,
  clock: { now: number; random: () => number; retryMs: readonly number[] },
): NextState {
  if (httpStatus !== null && httpStatus >= 200 && httpStatus <= 299)
    return { state: "delivered", nextAttemptAt: null };
  if (httpStatus === 410) return { state: "refused", nextAttemptAt: null };
  const step = clock.retryMs[attemptCount];
  if (step === undefined) return { state: "dead", nextAttemptAt: null };
  const delay = Math.round(step * clock.random());
  const asked =
    httpStatus === 429 || httpStatus === 503
      ? toRetryAfterMs(retryAfter, clock.now)
      : 0;
  return {
    state: "pending",
    nextAttemptAt: clock.now + Math.max(delay, asked),
  };
}

/** @returns milliseconds from now, at most a day; 0 for what is neither seconds nor a date (RFC 9110 section 10.2.3) */
export function toRetryAfterMs(header: string, now: number): number {
  const ms = /^\d+$/.test(header)
    ? Number(header) * 1000
    : toMoment(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** HTTP dates end in GMT, except in one obsolete form; `Date.parse` alone accepts much more. */
function toMoment(header: string): number {
  return header.endsWith("GMT") ? Date.parse(header) : Number.NaN;
}
