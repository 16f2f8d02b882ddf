/** The options about runs: how many, and how long they may take. */
import { toInteger, toSeconds } from "../../../units.ts";
import { option, under } from "../option.ts";
import { LONGEST_MS, toTimeLimit, toTimer } from "../values.ts";

export const runOptions = under("Runs:", {
  maxRunning: option("--max-running <count>", {
    help: "Number of runs that may run at once",
    default: "256",
    parse: (text) => toInteger(text, 1, 100_000),
  }),
  maxQueued: option("--max-queued <count>", {
    help: "Number of runs that may be queued; more are refused with 503",
    default: "10000",
    parse: (text) => toInteger(text, 0, 10_000_000),
  }),
  maxWaitMs: option("--max-wait <seconds>", {
    help: "Longest time that a caller may wait for an outcome before its run is detached, in seconds or with a unit such as 5m",
    default: "3600",
    parse: (text) => toSeconds(text, LONGEST_MS),
  }),
  startTimeoutMs: option("--start-timeout <duration>", {
    help: "Time that a run may stay queued, or none for no limit",
    default: "none",
    parse: toTimeLimit,
  }),
  runTimeoutMs: option("--run-timeout <duration>", {
    help: "Time that a run may take once it has started, or none for no limit",
    default: "none",
    parse: toTimeLimit,
  }),
  drainMs: option("--drain <duration>", {
    help: "Time that running runs have to finish when the server stops",
    default: "10s",
    parse: toTimer,
  }),
});
