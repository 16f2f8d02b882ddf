/** Durations, sizes and numbers as people write them. */
import bytes from "bytes";
import ms, { type StringValue } from "ms";

/** The text is not a value of its kind. The message says what would be right. */
export class UnitError extends Error {
  override readonly name = "UnitError";
}

/** The longest time a timer of JavaScript can hold, about 24.8 days. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

const DURATION = /^\d+(?:\.\d+)?(?:ms|s|m|h|d|w)$/;
/** For longer texts `ms` returns undefined, although its types say otherwise: https://github.com/vercel/ms/blob/2.1.3/index.js#L50 */
const MAX_LENGTH = 100;
const SIZE = /^\d+(?:\.\d+)?(?:b|kb|mb|gb)?$/i;

/**
 * @param text "250ms", "10s", "5m", "2h", "30d", "1w"
 * @returns milliseconds
 * @throws {UnitError}
 */
export function toDuration(
  text: string,
  maxMs = Number.MAX_SAFE_INTEGER,
): number {
  const isDuration = text.length <= MAX_LENGTH && DURATION.test(text);
  const value = isDuration ? ms(text as StringValue) : Number.NaN;
  if (Number.isNaN(value))
    throw new UnitError(
      'It must be a duration such as "250ms", "10s", "5m", "2h" or "30d".',
    );
  if (value > maxMs)
    throw new UnitError(`It must be at most ${ms(maxMs, { long: true })}.`);
  return Math.round(value);
}

/**
 * Like `toDuration`; a number without a unit means seconds, as in the request header.
 *
 * @throws {UnitError}
 */
export function toSeconds(text: string, maxMs: number): number {
  const isNumber = /^\d+(?:\.\d+)?$/.test(text);
  if (!isNumber && !(text.length <= MAX_LENGTH && DURATION.test(text)))
    throw new UnitError(
      'It must be a number of seconds such as "30", or a duration such as "250ms" or "5m".',
    );
  return toDuration(isNumber ? `${text}s` : text, maxMs);
}

/**
 * @param text "10MB", "512KB", "1048576"; a kilobyte has 1024 bytes
 * @throws {UnitError}
 */
export function toByteCount(text: string): number {
  const value = SIZE.test(text) ? bytes.parse(text) : null;
  if (value === null || value < 1 || !Number.isSafeInteger(value))
    throw new UnitError('It must be a size such as "512KB", "10MB" or "1GB".');
  return value;
}

/** @throws {UnitError} */
export function toInteger(text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new UnitError(`It must be an integer from ${min} to ${max}.`);
  return value;
}
