/** The options of `actiond serve`: one definition for the command line, the environment and the help. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { Option } from "commander";
import {
  MAX_TIMER_MS,
  toByteCount,
  toDuration,
  toInteger,
  toSeconds,
  UnitError,
} from "../units.ts";
import { networkOptions } from "./network-options.ts";
import {
  makeFlag,
  makeListOption,
  makeOption,
  makeUnsetOption,
} from "./option.ts";

const DAY_MS = 86_400_000;
/** Whole days, so that the message about it is no larger than what is taken. */
const LONGEST_MS = Math.floor(MAX_TIMER_MS / DAY_MS) * DAY_MS;
const MAX_KEEP_MS = 36_500 * DAY_MS;
/** SQLite refuses a row beyond 1,000,000,000 bytes, and a run's input and result share one: https://sqlite.org/limits.html */
const MAX_SIZE = "400MB";
const ISOLATIONS = ["in-process", "process"];
const MAX_CHILDREN = 1000;
const LEAST_CHILD_MEMORY = "64MB";

export function serveOptions(): Option[] {
  return [
    makeOption(
      "--actions <folder>",
      "folder of action files",
      "./actions",
      toPath,
    ),
    dataOption(),
    makeOption("--host <address>", "address to listen on", "127.0.0.1", toHost),
    makeOption(
      "--port <number>",
      "port to listen on, 0 for any free one",
      "8080",
      (text) => toInteger(text, 0, 65_535),
    ),
    makeOption(
      "--max-wait <seconds>",
      "longest time a caller may wait before it is detached",
      "3600",
      (text) => toSeconds(text, LONGEST_MS),
    ),
    makeOption("--max-running <count>", "runs at once", "256", (text) =>
      toInteger(text, 1, 100_000),
    ),
    makeOption(
      "--max-queued <count>",
      "runs that wait for their turn; more are refused with 503",
      "10000",
      (text) => toInteger(text, 0, 10_000_000),
    ),
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
    makeOption(
      "--run-timeout <duration>",
      "time a run may take once it has started, or none",
      "none",
      toLimit,
    ),
    makeOption(
      "--start-timeout <duration>",
      "time a run may stay queued, or none",
      "none",
      toLimit,
    ),
    makeOption(
      "--isolation <where>",
      "where the code of actions runs that do not say it themselves",
      "in-process",
      String,
    ).choices([...ISOLATIONS]),
    makeOption(
      "--children <count>",
      "child processes that are kept ready for isolated actions",
      "2",
      (text) => toInteger(text, 0, MAX_CHILDREN),
    ),
    makeOption(
      "--max-children <count>",
      "child processes at most, which is how many isolated runs there are at once; cores: as many as the machine has, but at least 2",
      "cores",
      (text) =>
        text === "cores"
          ? Math.max(2, availableParallelism())
          : toInteger(text, 1, MAX_CHILDREN),
    ),
    makeOption(
      "--child-memory <size>",
      "memory beyond which a child process is replaced, and its run fails",
      "512MB",
      toChildMemory,
    ),
    makeOption(
      "--grace <duration>",
      "time an isolated run has after its signal aborted, before its process is killed",
      "2s",
      toTimer,
    ),
    makeOption(
      "--drain <duration>",
      "time running runs have to end when the server stops",
      "10s",
      toTimer,
    ),
    makeOption(
      "--callback-retry <durations>",
      "delays before each further attempt of a callback",
      "5s,5m,30m,2h,5h,10h,14h,20h,24h",
      (text) => text.split(",").map(toTimer),
    ),
    makeOption(
      "--callback-timeout <duration>",
      "time a callback's receiver has to answer",
      "15s",
      toTimeout,
    ),
    makeListOption(
      "--callback-secret <secret>",
      "signs callbacks (Standard Webhooks, whsec_…), several while receivers change theirs",
      toList,
    ),
    makeListOption(
      "--callback-secret-file <file>",
      "file of such secrets, one a line",
      (text) => toList(text).map(toPath),
    ),
    makeListOption(
      "--callback-allow <hosts>",
      "hosts, *.suffixes, addresses and networks that callbacks may go to in any case",
      toList,
    ),
    makeFlag(
      "--insecure",
      "listens where others can reach it although there is no API key",
    ),
    ...networkOptions(),
    makeUnsetOption(
      "--api-key-file <file>",
      "file of the one API key; a variable may be the key itself (ACTIOND_API_KEY)",
      toPath,
    ),
    makeUnsetOption(
      "--tls-cert <file>",
      "file of the certificate and those it depends on (PEM): https alone",
      toPath,
    ),
    makeUnsetOption(
      "--tls-key <file>",
      "file of its private key (PEM); both files are read again when they change",
      toPath,
    ),
    auditLogOption(),
    makeOption(
      "--keep-runs <duration>",
      "how long finished runs are kept, or forever",
      "30d",
      (text) => (text === "forever" ? Infinity : toDuration(text, MAX_KEEP_MS)),
    ),
    makeOption(
      "--keep-count <count>",
      "how many runs are kept at most, or all",
      "all",
      (text) =>
        text === "all" ? Infinity : toInteger(text, 1, Number.MAX_SAFE_INTEGER),
    ),
    makeOption(
      "--durability <full|normal>",
      "full: a reply survives a power cut; normal: a crash of the process",
      "full",
      String,
    ).choices(["full", "normal"]),
    makeOption(
      "--log-format <format>",
      "auto: pretty on a terminal, else json",
      "auto",
      String,
    ).choices(["auto", "pretty", "json"]),
    makeOption(
      "--log-level <level>",
      "least severe level that is logged",
      "info",
      String,
    ).choices(["debug", "info", "warn", "error"]),
  ];
}

export function dataOption(): Option {
  return makeOption(
    "--data <folder>",
    "folder runs are kept in",
    "./.actiond",
    toPath,
  );
}

export function auditLogOption(): Option {
  return makeUnsetOption(
    "--audit-log <file>",
    "file that gets a line of JSON for who did what",
    toPath,
  );
}

/** @returns an absolute path. Nothing is no path: it would silently be the folder the program was started in */
export function toPath(text: string): string {
  if (text.trim() === "")
    throw new UnitError('It must be a path such as "./folder", not empty.');
  return resolve(text);
}

/** Nothing is no host: Bun would listen on every interface. */
function toHost(text: string): string {
  if (text.trim() === "")
    throw new UnitError(
      'It must be an address or a name such as "127.0.0.1" or "localhost", not empty.',
    );
  return text;
}

/** Separated by commas or white space. Nothing is no list: an unset variable would silently sign nothing. */
function toList(text: string): string[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  if (entries.length === 0)
    throw new UnitError("It must be at least one value, not empty.");
  return entries;
}

function toSize(text: string): number {
  const count = toByteCount(text);
  if (count > toByteCount(MAX_SIZE))
    throw new UnitError(`It may be ${MAX_SIZE} at the most.`);
  return count;
}

/** An empty child has about a quarter of that. */
function toChildMemory(text: string): number {
  const count = toByteCount(text);
  if (count < toByteCount(LEAST_CHILD_MEMORY))
    throw new UnitError(`It must be at least ${LEAST_CHILD_MEMORY}.`);
  return count;
}

function toTimer(text: string): number {
  return toDuration(text, LONGEST_MS);
}

function toTimeout(text: string): number {
  const ms = toTimer(text);
  if (ms === 0) throw new UnitError('It must be at least "1ms".');
  return ms;
}

function toLimit(text: string): number {
  return text === "none" ? Infinity : toTimeout(text);
}
