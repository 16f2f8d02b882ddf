/** Reads query parameters: Elysia's own numbers do not say which parameter is wrong. */
import { ServerError } from "../errors.ts";
import { parseSeconds } from "./seconds.ts";

/** @throws {ServerError} `invalid_parameter` */
export function toInteger(
  name: string,
  text: string,
  range: { min: number; max: number },
): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= range.min && value <= range.max))
    throw new ServerError(
      "invalid_parameter",
      `${name} must be an integer from ${range.min} to ${range.max}, not ${JSON.stringify(text)}.`,
    );
  return value;
}

/**
 * @returns milliseconds
 * @throws {ServerError} `invalid_parameter`
 */
export function toWaitMs(text: string, maxWaitMs: number): number {
  const seconds = parseSeconds(text);
  if (seconds === undefined)
    throw new ServerError(
      "invalid_parameter",
      `wait must be a number of seconds such as "0", "0.2" or "30", not ${JSON.stringify(text)}.`,
    );
  return Math.min(seconds * 1000, maxWaitMs);
}
