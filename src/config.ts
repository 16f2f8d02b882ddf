/** What the command line and the environment ask for: the only reader of either. */
import { resolve } from "node:path";
import {
  Command as Program,
  CommanderError,
  InvalidArgumentError,
  Option,
} from "commander";
import packageJson from "../package.json" with { type: "json" };
import {
  MAX_TIMER_MS,
  toByteCount,
  toDuration,
  toInteger,
  toSeconds,
  UnitError,
} from "./units.ts";

/** How `actiond serve` serves. */
export interface ServeConfig {
  /** Absolute paths. */
  readonly actions: string;
  readonly data: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly maxWaitMs: number;
  readonly maxRunning: number;
  readonly maxQueued: number;
  readonly maxInputBytes: number;
  readonly maxResultBytes: number;
  readonly drainMs: number;
  /** Delays before the second, third … attempt of a callback. */
  readonly callbackRetryMs: readonly number[];
  readonly callbackTimeoutMs: number;
  /** Standard Webhooks secrets, `whsec_…`. */
  readonly callbackSecrets: readonly string[];
  /** Files of such secrets, one a line; absolute paths. */
  readonly callbackSecretFiles: readonly string[];
  /** Host names, `*.suffix`, addresses and networks that callbacks may go to in any case. */
  readonly callbackAllow: readonly string[];
  /** Finished runs are kept this long; Infinity for ever. */
  readonly keepRunsMs: number;
  /** And at most so many; Infinity as many as there are. */
  readonly keepCount: number;
  readonly durability: "full" | "normal";
  readonly logFormat: "auto" | "pretty" | "json";
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/** What `actiond backup` copies. Absolute paths. */
interface BackupConfig {
  readonly data: string;
  readonly file: string;
}

export type Command =
  | { readonly command: "serve"; readonly config: ServeConfig }
  | { readonly command: "backup"; readonly config: BackupConfig }
  | { readonly command: "print"; readonly text: string };

/** The command line or the environment is wrong. The message is one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const version: string = packageJson.version;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param argv without the program's own name
 * @param environment each option is also read from `ACTIOND_…`; the command line wins
 * @throws {UsageError}
 */
export function parseCommand(
  argv: readonly string[],
  environment: Environment,
): Command {
  let text = "";
  let command: Command | undefined;
  const program = new Program("actiond")
    .description(packageJson.description)
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (output) => (text += output),
      writeErr: (output) => (text += output),
      outputError: () => undefined,
    });
  const serve = program
    .command("serve")
    .description("Serves a folder of actions over HTTP.")
    .action(() => {
      readEnvironment(serve, environment);
      command = { command: "serve", config: toServeConfig(serve.opts()) };
    });
  for (const option of serveOptions()) serve.addOption(option);
  const backup = program
    .command("backup")
    .argument("<file>", "where to write the copy; must not exist")
    .description(
      "Copies the database of a data folder, also while a server uses it.",
    )
    .addOption(dataOption())
    .action((file: string) => {
      readEnvironment(backup, environment);
      const { data } = backup.opts<{ data: string }>();
      command = { command: "backup", config: { data, file: resolve(file) } };
    });
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (text === "" || error.code === "commander.unknownCommand")
      throw new UsageError(toLine(error.message), { cause: error });
  }
  return command ?? { command: "print", text };
}

function serveOptions(): Option[] {
  return [
    makeOption(
      "--actions <folder>",
      "folder of action files",
      "./actions",
      resolve,
    ),
    dataOption(),
    makeOption("--host <address>", "address to listen on", "127.0.0.1", String),
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
      (text) => toSeconds(text, MAX_TIMER_MS),
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
      "--max-input-bytes <size>",
      "largest input; more is refused with 413",
      "10MB",
      toByteCount,
    ),
    makeOption(
      "--max-result-bytes <size>",
      "largest result; more fails the run",
      "50MB",
      toByteCount,
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
      toTimer,
    ),
    makeListOption(
      "--callback-secret <secret>",
      "signs callbacks (Standard Webhooks, whsec_…), several while receivers change theirs",
      toList,
    ),
    makeListOption(
      "--callback-secret-file <file>",
      "file of such secrets, one a line",
      (text) => toList(text).map((path) => resolve(path)),
    ),
    makeListOption(
      "--callback-allow <hosts>",
      "hosts, *.suffixes, addresses and networks that callbacks may go to in any case",
      toList,
    ),
    makeOption(
      "--keep-runs <duration>",
      "how long finished runs are kept, or forever",
      "30d",
      (text) => (text === "forever" ? Infinity : toDuration(text)),
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

function dataOption(): Option {
  return makeOption(
    "--data <folder>",
    "folder runs are kept in",
    "./.actiond",
    (text) => resolve(text),
  );
}

/** Separated by commas or white space. */
function toList(text: string): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== "");
}

function toTimer(text: string): number {
  return toDuration(text, MAX_TIMER_MS);
}

/** An option with its default as one would write it, and its variable in the help. */
function makeOption(
  flags: string,
  description: string,
  standard: string,
  parse: (text: string) => unknown,
): Option {
  const made = new Option(flags);
  made.description = `${description} (${toVariable(made)})`;
  return made.default(parse(standard), standard).argParser((text: string) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof UnitError)
        throw new InvalidArgumentError(error.message);
      throw error;
    }
  });
}

/** An option that may be repeated: each time adds to the list. */
function makeListOption(
  flags: string,
  description: string,
  parse: (text: string) => string[],
): Option {
  const made = makeOption(flags, `${description}; may be repeated`, "", parse);
  return made
    .default([], "none")
    .argParser((text: string, previous: string[]) => [
      ...previous,
      ...parse(text),
    ]);
}

function toVariable(option: Option): string {
  return `ACTIOND_${option.name().replaceAll("-", "_").toUpperCase()}`;
}

/** Commander's own support reads `process.env`, and would make this function depend on it. */
function readEnvironment(program: Program, environment: Environment): void {
  for (const option of program.options) {
    const name = option.attributeName();
    const text = environment[toVariable(option)];
    if (text === undefined || program.getOptionValueSource(name) === "cli")
      continue;
    try {
      const value: unknown = option.parseArg?.(text, []) ?? text;
      program.setOptionValueWithSource(name, value, "env");
    } catch (error) {
      throw new UsageError(
        `${toVariable(option)}=${JSON.stringify(text)} is wrong. ${toLine((error as Error).message)}`,
        { cause: error },
      );
    }
  }
}

function toServeConfig(options: Record<string, unknown>): ServeConfig {
  const { maxWait, drain, callbackRetry, callbackTimeout, ...named } = options;
  const { callbackSecret, callbackSecretFile, keepRuns, ...rest } = named;
  return {
    ...rest,
    callbackSecrets: callbackSecret,
    callbackSecretFiles: callbackSecretFile,
    keepRunsMs: keepRuns,
    maxWaitMs: maxWait,
    drainMs: drain,
    callbackRetryMs: callbackRetry,
    callbackTimeoutMs: callbackTimeout,
  } as ServeConfig;
}

function toLine(message: string): string {
  return message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
}
