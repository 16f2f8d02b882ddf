/** How often, and when, a run that failed is tried again: what a person writes, and what becomes of it. */

export interface Retries {
  /** How often a run may be tried, the first time included: 1 to 100. */
  attempts: number;
  /**
   * Seconds until the second attempt, doubled for each further one. The attempt is made at a moment drawn between now and
   * then, so that runs which failed together do not come back together. 0 to 86,400; omitted: 1.
   */
  backoff?: number;
  /** The most seconds that doubling leads to, 0 to 86,400. Omitted: 300. */
  maxBackoff?: number;
  /**
   * Which failures are tried again besides an `ActionError` with `retryable: true`: codes, such as "out_of_stock",
   * "invalid_result" or "action_failed", which is any failure of the action's code, and names of errors, such as
   * "TypeError". An `ActionError` with `retryable: false` never is.
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
/** Ends of a run as a whole: no further attempt could belong to it. */
const FINAL = new Set([
  "run_timed_out",
  "start_timed_out",
  "run_cancelled",
  "interrupted",
]);

/** @returns what is wrong; undefined when nothing is */
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
    return `action() does not know "retries.${unknown}": it takes ${KEYS.join(", ")}.`;
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
  return `action() cannot try again what ended with "${final}": that ends the run with all its attempts.`;
}

/** @param retries checked */
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
