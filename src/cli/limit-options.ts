/** The options of `actiond serve` about how much of something there may be. */
import type { Option } from "commander";
import { toByteCount, toInteger, UnitError } from "../units.ts";
import { makeOption } from "./option.ts";
import { toTimeout } from "./values.ts";

/** SQLite refuses a row beyond 1,000,000,000 bytes, and a run's input and result share one: https://sqlite.org/limits.html */
const MAX_SIZE = "400MB";

export function limitOptions(): Option[] {
  return [
    makeOption(
      "--max-runs-per-key <count>",
      "runs of one API key that are queued and running; more are refused with 429; or all",
      "all",
      (text) => (text === "all" ? Infinity : toInteger(text, 1, 10_000_000)),
    ),
    makeOption(
      "--rate-limit <count>",
      "requests a second of each API key, or client address where there are no keys; more are refused with 429; or none",
      "none",
      (text) => (text === "none" ? Infinity : toInteger(text, 1, 1_000_000)),
    ),
    makeOption(
      "--request-timeout <duration>",
      "time the body of a request may take to arrive; longer is refused with 408",
      "30s",
      toTimeout,
    ),
    makeOption(
      "--max-input-bytes <size>",
      "largest input; more is refused with 413",
      "10MB",
      toSize,
    ),
    makeOption(
      "--max-input-depth <count>",
      "objects and arrays inside one another in an input; more is refused with 422",
      "1000",
      (text) => toInteger(text, 1, 5000),
    ),
    makeOption(
      "--max-input-properties <count>",
      "members of all objects in an input together; more is refused with 422",
      "1000000",
      (text) => toInteger(text, 1, 100_000_000),
    ),
    makeOption(
      "--max-result-bytes <size>",
      "largest result; more fails the run",
      "50MB",
      toSize,
    ),
  ];
}

function toSize(text: string): number {
  const count = toByteCount(text);
  if (count > toByteCount(MAX_SIZE))
    throw new UnitError(`It may be ${MAX_SIZE} at the most.`);
  return count;
}
