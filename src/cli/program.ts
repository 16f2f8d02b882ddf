/** What the command line and the environment ask for: the only reader of either. */
import { Command as Program, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { addKeysCommand, type KeysConfig } from "./keys-command.ts";
import { toParser, toVariable } from "./option.ts";
import { dataOption, serveOptions } from "./serve-options.ts";
import { toPath } from "./values.ts";
import { UsageError } from "../errors.ts";

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
  /** How long a request may take to arrive. */
  readonly requestTimeoutMs: number;
  /** Requests a second of each key, or client address; Infinity as many as they like. */
  readonly rateLimit: number;
  /** Runs of one key that are queued and running; Infinity as many as there are. */
  readonly maxRunsPerKey: number;
  readonly maxInputBytes: number;
  /** Objects and arrays inside one another. */
  readonly maxInputDepth: number;
  /** Members of all objects of an input together. */
  readonly maxInputProperties: number;
  readonly maxResultBytes: number;
  /** Where the code of actions runs that do not say it themselves. */
  readonly isolation: "in-process" | "process";
  /** Child processes that are kept ready. */
  readonly children: number;
  readonly maxChildren: number;
  /** In bytes. */
  readonly childMemory: number;
  /** How long an isolated run may go on after its signal has aborted. */
  readonly graceMs: number;
  /** Of child processes: the server's own, without its options, some of which are secrets. */
  readonly childEnvironment: Readonly<Record<string, string>>;
  readonly drainMs: number;
  /** How long any run may take once it has started; Infinity for ever. */
  readonly runTimeoutMs: number;
  /** How long any run may stay queued; Infinity for ever. */
  readonly startTimeoutMs: number;
  /** Delays before the second, third … attempt of a callback. */
  readonly callbackRetryMs: readonly number[];
  readonly callbackTimeoutMs: number;
  /** Standard Webhooks secrets, `whsec_…`. */
  readonly callbackSecrets: readonly string[];
  /** Files of such secrets, one a line; absolute paths. */
  readonly callbackSecretFiles: readonly string[];
  /** Host names, `*.suffix`, addresses and networks that callbacks may go to in any case. */
  readonly callbackAllow: readonly string[];
  /** It may listen where others can reach it, without any key. */
  readonly insecure: boolean;
  /** Requests that are being answered at once; Infinity for any number. */
  readonly maxRequests: number;
  readonly maxHeaderBytes: number;
  /** Origins of pages that may use it, as browsers write them. */
  readonly corsOrigins: readonly string[];
  /** Names it may be called by besides those of loopback, in lower case. */
  readonly allowHosts: readonly string[];
  /** Absolute path of a certificate. */
  readonly tlsCert?: string | undefined;
  /** Absolute path of its key. */
  readonly tlsKey?: string | undefined;
  /** What `ACTIOND_API_KEY` holds; a command line can be read by others on the machine. */
  readonly apiKey?: string | undefined;
  /** Absolute path. */
  readonly apiKeyFile?: string | undefined;
  /** Absolute path of the audit log. */
  readonly auditLog?: string | undefined;
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
  | { readonly command: "keys"; readonly config: KeysConfig }
  | { readonly command: "print"; readonly text: string };

export const version: string = packageJson.version;

/** Variables of the environment that hold secrets themselves, and not the names of their files. */
export const SECRET_VARIABLES = [
  "ACTIOND_API_KEY",
  "ACTIOND_CALLBACK_SECRET",
] as const;

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
      command = {
        command: "serve",
        config: toServeConfig(serve.opts(), environment),
      };
    });
  for (const option of serveOptions()) serve.addOption(option);
  const backup = program
    .command("backup")
    .argument(
      "<file>",
      "where to write the copy; must not exist",
      toParser(toPath),
    )
    .description(
      "Copies the database of a data folder, also while a server uses it.",
    )
    .addOption(dataOption())
    .action((file: string) => {
      readEnvironment(backup, environment);
      const { data } = backup.opts<{ data: string }>();
      command = { command: "backup", config: { data, file } };
    });
  addKeysCommand(
    program,
    (config) => (command = { command: "keys", config }),
    (keys) => readEnvironment(keys, environment),
  );
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (text === "" || error.code === "commander.unknownCommand")
      throw new UsageError(toLine(error.message), { cause: error });
    // Commander helps with the whole program where it is asked for help with a command that is none.
    const topic = argv[argv.indexOf("help") + 1];
    if (error.exitCode !== 0 && argv.includes("help") && topic !== undefined)
      throw new UsageError(toLine(`unknown command '${topic}'`), {
        cause: error,
      });
  }
  return command ?? { command: "print", text };
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
        toLine(
          `${toVariable(option)}=${JSON.stringify(text)} is wrong. ${(error as Error).message}`,
        ),
        { cause: error },
      );
    }
  }
}

function toServeConfig(
  options: Record<string, unknown>,
  environment: Environment,
): ServeConfig {
  const { maxWait, drain, callbackRetry, callbackTimeout, ...named } = options;
  const { callbackSecret, callbackSecretFile, keepRuns, ...timed } = named;
  const { runTimeout, startTimeout, grace, requestTimeout, ...open } = timed;
  const { corsOrigin, allowHost, ...rest } = open;
  return {
    ...rest,
    apiKey: environment["ACTIOND_API_KEY"],
    corsOrigins: corsOrigin,
    allowHosts: allowHost,
    callbackSecrets: callbackSecret,
    callbackSecretFiles: callbackSecretFile,
    keepRunsMs: keepRuns,
    maxWaitMs: maxWait,
    requestTimeoutMs: requestTimeout,
    graceMs: grace,
    childEnvironment: toChildEnvironment(environment),
    drainMs: drain,
    runTimeoutMs: runTimeout,
    startTimeoutMs: startTimeout,
    callbackRetryMs: callbackRetry,
    callbackTimeoutMs: callbackTimeout,
  } as ServeConfig;
}

function toChildEnvironment(environment: Environment): Environment {
  const members = Object.entries(environment);
  return Object.fromEntries(
    members.filter(([name]) => !name.startsWith("ACTIOND_")),
  );
}

/**
 * In one line, and without what may be a secret in the wrong place: the value of an option that is none
 * (`--callback-secrt=…`), and arguments beside the options (`--callback-secret one two`).
 */
function toLine(message: string): string {
  return message
    .replace(/^error: /, "")
    .replace(
      /^(unknown option '[^'=]*)=[^]*?'(\n\(Did you mean [^\n]*\))?$/,
      "$1'$2",
    )
    .replace(/(Expected \d+ arguments? but got \d+): [^]*$/, "$1.")
    .replaceAll(/whsec_[^\s'",]*/g, "whsec_…")
    .replaceAll(/\s+/g, " ");
}
