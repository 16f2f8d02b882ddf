/** The options of `actiond serve`: one definition for the command line, the environment and the help. */
import type { Option } from "commander";
import { toDuration, toInteger, toSeconds, UnitError } from "../units.ts";
import { callbackOptions } from "./callback-options.ts";
import { isolationOptions } from "./isolation-options.ts";
import { limitOptions } from "./limit-options.ts";
import { networkOptions } from "./network-options.ts";
import { makeFlag, makeOption, makeUnsetOption } from "./option.ts";
import { LONGEST_MS, toLimit, toPath, toTimer } from "./values.ts";

const MAX_KEEP_MS = 36_500 * 86_400_000;

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
    ...limitOptions(),
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
    ...isolationOptions(),
    makeOption(
      "--drain <duration>",
      "time running runs have to end when the server stops",
      "10s",
      toTimer,
    ),
    ...callbackOptions(),
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

/** Nothing is no host: Bun would listen on every interface. */
function toHost(text: string): string {
  if (text.trim() === "")
    throw new UnitError(
      'It must be an address or a name such as "127.0.0.1" or "localhost", not empty.',
    );
  return text;
}
