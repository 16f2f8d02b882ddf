/** Values of options that need more than a unit: paths, lists, times that a timer can hold. */
import { resolve } from "node:path";
import { MAX_TIMER_MS, toDuration, toInteger, UnitError } from "../../units.ts";

const DAY_MS = 86_400_000;
/** Whole days, so that the longest time a message names is also accepted. */
export const LONGEST_MS = Math.floor(MAX_TIMER_MS / DAY_MS) * DAY_MS;
/** The longest time that is kept as a date: a century. */
export const CENTURY_MS = 36_500 * DAY_MS;

/** @returns an absolute path. An empty one is refused: it would silently mean the folder the program was started in */
export function toPath(text: string): string {
  if (text.trim() === "")
    throw new UnitError('It must be a path such as "./folder", not empty.');
  return resolve(text);
}

/** Splits at commas and white space. An empty list is refused: an unset variable would silently sign nothing. */
export function toList(text: string): string[] {
  const entries = toEntries(text);
  if (entries.length === 0)
    throw new UnitError("It must be at least one value, not empty.");
  return entries;
}

/** Splits at commas and white space. */
export function toEntries(text: string): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== "");
}

/** A time that a timer can hold. */
export function toTimer(text: string): number {
  return toDuration(text, LONGEST_MS);
}

/** A time that is not zero: nothing can happen within that. */
export function toTimeout(text: string): number {
  const ms = toTimer(text);
  if (ms === 0) throw new UnitError('It must be at least "1ms".');
  return ms;
}

/** @returns Infinity for "none" */
export function toTimeLimit(text: string): number {
  return text === "none" ? Infinity : toTimeout(text);
}

/**
 * A parser of a count from 1 that may be unlimited.
 *
 * @param unlimited the word for Infinity
 */
export function toCountLimit(
  unlimited: string,
  max: number,
): (text: string) => number {
  return (text) => (text === unlimited ? Infinity : toInteger(text, 1, max));
}
