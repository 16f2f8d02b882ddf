/** How often, and when, a run that failed is tried again: the option of an action, and the policy made from it. */

export interface Retries {
  /** How many attempts a run has, including the first: 1 to 100. */
  attempts: number;
  /**
   * The longest wait before the second attempt in seconds, which doubles for each further attempt. The actual wait is
   * random, between 0 and this, so that runs which failed together are not tried again together. 0 to 86,400; default 1.
   */
  backoff?: number;
  /** The limit of that doubling in seconds, 0 to 86,400. The default is 300. */
  maxBackoff?: number;
  /**
   * The failures that are tried again besides an `ActionError` with `retryable: true`. Name codes, such as "out_of_stock"
   * or "invalid_result", or names of errors, such as "TypeError". "action_failed" stands for every failure of the
   * action's code. An `ActionError` with `retryable: false` is never tried again.
   */
  on?: readonly string[];
}

export interface RetryPolicy {
  readonly attempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  readonly on: readonly string[];
}

const KEYS = ["attempts", "backoff", "maxBackoff", "on"];
const MAX_ATTEMPTS = 100;
const DAY_SECONDS = 86_400;
/** The codes that end a run with all its attempts. */
const FINAL = new Set([
  "run_timed_out",
  "start_timed_out",
  "run_cancelled",
  "interrupted",
]);

/** @returns a sentence that says what is wrong; undefined when nothing is wrong */
export function findRetriesMistake(
  retries: unknown,
  nameOf: (value: unknown) => string,
): string | undefined {
  const needs = (key: string, what: string, value: unknown) =>
    `action() needs "${key}" to be ${what}, not ${nameOf(value)}.`;
  if (typeof retries !== "object" || retries === null)
    return needs("retries", "an object such as { attempts: 3 }", retries);
  const unknown = Object.keys(retries).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    return `action() has no option "retries.${unknown}". The options of retries are ${KEYS.join(", ")}.`;
  const { attempts, backoff = 0, maxBackoff = 0, on = [] } = retries as Retries;
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > MAX_ATTEMPTS)
    return needs(
      "retries.attempts",
      `an integer from 1 to ${MAX_ATTEMPTS}`,
      attempts,
    );
  for (const [key, value] of Object.entries({ backoff, maxBackoff }))
    if (!isSeconds(value))
      return needs(
        `retries.${key}`,
        `a number of seconds from 0 to ${DAY_SECONDS}`,
        value,
      );
  if (!isNames(on))
    return needs(
      "retries.on",
      'a list of codes and names of errors such as ["upstream_down", "TypeError"]',
      on,
    );
  const final = on.find((name) => FINAL.has(name));
  if (final === undefined) return undefined;
  return `action() cannot retry on "${final}", because it ends the run with all its attempts.`;
}

/** @param retries the checked option */
export function toRetryPolicy(retries: Retries): RetryPolicy {
  const { attempts, backoff = 1, maxBackoff = 300, on = [] } = retries;
  return Object.freeze({
    attempts,
    backoffMs: backoff * 1000,
    maxBackoffMs: maxBackoff * 1000,
    on: Object.freeze([...on]),
  });
}

function isSeconds(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= DAY_SECONDS;
}

function isNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.every((name) => typeof name === "string" && name !== "")
  );
}
