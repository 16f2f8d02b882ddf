/** Values of options that need more than a unit: paths, lists, times that a timer can hold. */
import { resolve } from "node:path";
import { MAX_TIMER_MS, toDuration, UnitError } from "../units.ts";

const DAY_MS = 86_400_000;
/** Whole days, so that the message about it is no larger than what is taken. */
export const LONGEST_MS = Math.floor(MAX_TIMER_MS / DAY_MS) * DAY_MS;

/** @returns an absolute path. Nothing is no path: it would silently be the folder the program was started in */
export function toPath(text: string): string {
  if (text.trim() === "")
    throw new UnitError('It must be a path such as "./folder", not empty.');
  return resolve(text);
}

/** Separated by commas or white space. Nothing is no list: an unset variable would silently sign nothing. */
export function toList(text: string): string[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  if (entries.length === 0)
    throw new UnitError("It must be at least one value, not empty.");
  return entries;
}

export function toTimer(text: string): number {
  return toDuration(text, LONGEST_MS);
}

export function toTimeout(text: string): number {
  const ms = toTimer(text);
  if (ms === 0) throw new UnitError('It must be at least "1ms".');
  return ms;
}

export function toLimit(text: string): number {
  return text === "none" ? Infinity : toTimeout(text);
}
