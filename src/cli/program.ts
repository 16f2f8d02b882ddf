/** The way from a command line to an exit code. */
import { findEmbedded } from "../catalog/embedded.ts";
import { OperatorError, UsageError } from "../errors.ts";
import { findMisspelt } from "./options/misspelt.ts";
import type { Definition } from "./options/option.ts";
import { BUILT_COMMANDS, COMMANDS } from "./commands.ts";
import type { ProgramContext } from "./parse/command.ts";
import { hideSecrets } from "./parse/hide-secrets.ts";
import { parse } from "./parse/parse.ts";
import { toLongOptions } from "./start/original-options.ts";

/**
 * @param argv without the program's own name
 * @param environment loses the variables that hold secrets: actions, and the programs they start, must not have them
 * @returns the exit code
 */
export async function runProgram(
  argv: readonly string[],
  environment: Record<string, string | undefined>,
  context: Omit<ProgramContext, "misspelt" | "environment" | "commands">,
): Promise<number> {
  try {
    const isBuilt = findEmbedded() !== undefined;
    if (isBuilt) refuseFolder(argv, environment);
    const commands = isBuilt ? BUILT_COMMANDS : COMMANDS;
    const words = argv[0] === "start" ? toLongOptions(argv) : argv;
    const parsed = parse(commands, words, environment);
    const definitions = listDefinitions();
    const known = definitions.flatMap(({ variable }) => variable ?? []);
    const misspelt = findMisspelt(environment, new Set(known));
    const secrets = definitions.filter(({ isSecret }) => isSecret);
    const variables = secrets.flatMap(({ variable }) => variable ?? []);
    const flags = secrets.flatMap((one) => one.flags?.split(" ")[0] ?? []);
    hideSecrets({ variables, flags });
    for (const variable of variables)
      Reflect.deleteProperty(environment, variable);
    if (!("text" in parsed))
      return await parsed.run({ ...context, misspelt, environment, commands });
    context.write(parsed.text);
    return 0;
  } catch (error) {
    context.note(`actiond: ${toMessage(error)}\n`);
    return error instanceof OperatorError ? error.exitCode : 1;
  }
}

/** @throws {UsageError} the actions of a folder are asked for, but this executable serves those inside it */
function refuseFolder(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const given =
    argv.find((word) => /^--(?:actions|watch)(?:=|$)/.test(word)) ??
    ["ACTIOND_ACTIONS", "ACTIOND_WATCH"].find(
      (name) => environment[name] !== undefined && environment[name] !== "",
    );
  if (given === undefined) return;
  throw new UsageError(
    `${given.split("=")[0]} has no effect, because the actions are inside this executable. Build it again to change them.`,
  );
}

/** The options of all commands. */
function listDefinitions(): Definition<unknown>[] {
  return COMMANDS.flatMap((command) =>
    "commands" in command ? command.commands : [command],
  ).flatMap(({ options }) => Object.values(options));
}

/** What nobody expected is a fault of the program, and is shown with its stack. */
function toMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof OperatorError) return error.message;
  return error.stack ?? error.message;
}
