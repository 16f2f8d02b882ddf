/** The options of `action-server start` of Sema4.ai that `actiond serve` does not have, or has under another name. */
import { toInteger, UnitError } from "../../units.ts";
import {
  type Definition,
  flag,
  list,
  optional,
  type OptionSet,
  under,
} from "../options/option.ts";
import { toPath } from "../options/values.ts";

const MAX_PROCESSES = 1000;
const YES = /^(?:yes|true|t|y|1)$/i;
const NO = /^(?:no|false|f|n|0)$/i;

/** Nobody sets them but whoever started the original before. */
export const originalOptions = under(
  "Of the original:",
  fromFlagsAlone({
    address: optional("--address <address>", {
      help: "Address to listen on, or -a: the same as --host",
      parse: toHost,
    }),
    dir: list("--dir <folder>", {
      help: "Folder of action files: the same as --actions",
      parse: (text) => [toPath(text)],
    }),
    datadir: optional("--datadir <folder>", {
      help: "Folder in which runs are stored, or -d: the same as --data",
      parse: toPath,
    }),
    key: optional("--api-key <key>", {
      help: "A single API key, which other users of this machine can see here; None for no key",
      parse: String,
    }),
    minProcesses: optional("--min-processes <count>", {
      help: "Number of child processes that are kept ready: the same as --children",
      parse: (text) => toInteger(text, 0, MAX_PROCESSES),
    }),
    maxProcesses: optional("--max-processes <count>", {
      help: "Largest number of child processes: the same as --max-children",
      parse: (text) => toInteger(text, 1, MAX_PROCESSES),
    }),
    whitelist: optional("--whitelist <patterns>", {
      help: "Actions that are served, such as greeter/*,add",
      parse: String,
    }),
    parentPid: optional("--parent-pid <pid>", {
      help: "Id of a process; the server stops when that process ends",
      parse: (text) => toInteger(text, 0, Number.MAX_SAFE_INTEGER),
    }),
    sslCertfile: optional("--ssl-certfile <file>", {
      help: "PEM file of the certificate: the same as --tls-cert",
      parse: toPath,
    }),
    sslKeyfile: optional("--ssl-keyfile <file>", {
      help: "PEM file of its private key: the same as --tls-key",
      parse: toPath,
    }),
    https: flag(
      "--https",
      "Speak HTTPS, with --ssl-certfile and --ssl-keyfile",
    ),
    autoReload: flag("--auto-reload", "The same as --watch"),
    fullSpec: flag("--full-openapi-spec", "The same as --full-openapi"),
    verbose: flag("--verbose", "The same as --log-level debug, or -v"),
    reuseProcesses: flag(
      "--reuse-processes",
      "Child processes are always used again",
    ),
    actionsSync: optional("--actions-sync <true|false>", {
      help: "Has no effect: the actions in the folder are always served",
      parse: toBoolean,
    }),
    dbFile: optional("--db-file <name>", {
      help: "Has no effect: runs are kept in the data folder",
      parse: String,
    }),
    skipLint: flag("--skip-lint", "Means nothing here"),
    killLockHolder: flag("--kill-lock-holder", "Means nothing here"),
    expose: flag("--expose", "Is refused: put a proxy in front"),
    exposeAllowReuse: flag(
      "--expose-allow-reuse",
      "Is refused, as --expose is",
    ),
    sslSelfSigned: flag("--ssl-self-signed", "Is refused: make a certificate"),
    oauth2Settings: optional("--oauth2-settings <file>", {
      help: "Is refused: actions get tokens as secrets",
      parse: String,
    }),
  }),
);

const SHORT: Readonly<Record<string, string>> = {
  "-a": "--address",
  "-p": "--port",
  "-d": "--datadir",
  "-v": "--verbose",
};

/** @returns the command line with the long names of the original's short options, such as `--port` for `-p` */
export function toLongOptions(argv: readonly string[]): string[] {
  return argv.flatMap((word) => {
    const long = SHORT[word.slice(0, 2)];
    if (long === undefined) return [word];
    const value = word.slice(2).replace(/^=/, "");
    return value === "" ? [long] : [long, value];
  });
}

function fromFlagsAlone<Set extends OptionSet>(set: Set): Set {
  const members = Object.entries(set).map(([member, definition]) => [
    member,
    {
      ...definition,
      variable: undefined,
      isSecret: definition.flags?.startsWith("--api-key ") === true,
    } satisfies Definition<unknown>,
  ]);
  return Object.fromEntries(members) as Set;
}

function toHost(text: string): string {
  if (text.trim() !== "") return text;
  throw new UnitError('It must be an address such as "localhost", not empty.');
}

function toBoolean(text: string): boolean {
  if (YES.test(text)) return true;
  if (NO.test(text)) return false;
  throw new UnitError('It must be "true" or "false".');
}
