/** Reads command lines as the program does, for tests of what they ask for. */
import type { ServeConfig } from "../../src/cli/options/groups/serve-options.ts";
import { parse } from "../../src/cli/parse/parse.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { serveCommand } from "../../src/cli/serve.ts";
import { UsageError } from "../../src/errors.ts";

type Environment = Record<string, string>;

/** What a command line of any command asks for, or the text it prints. */
export function read(
  argv: readonly string[],
  environment: Environment = {},
): unknown {
  const parsed = parse(COMMANDS, argv, environment);
  return "text" in parsed ? parsed.text : parsed.config;
}

export function readServe(
  argv: readonly string[],
  environment: Environment = {},
): ServeConfig {
  const parsed = parse([serveCommand], ["serve", ...argv], environment);
  if ("text" in parsed) throw new Error(parsed.text);
  return parsed.config;
}

/** The refusal of a command line, or "none". */
export function mistakeOf(
  argv: readonly string[],
  environment: Environment = {},
): string {
  try {
    parse(COMMANDS, argv, environment);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "none";
}

/** The help of a command in one line. */
export function helpOf(...command: string[]): string {
  return String(read([...command, "--help"])).replaceAll(/\s+/g, " ");
}
