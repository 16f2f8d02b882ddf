/** Reads the values of options: from the command line, else from the environment, else the default. */
import {
  Argument,
  type Command,
  InvalidArgumentError,
  Option,
} from "commander";
import { UsageError } from "../../errors.ts";
import { UnitError } from "../../units.ts";
import { toLine } from "./mistake.ts";
import {
  type Definition,
  describe,
  type Environment,
  type OptionSet,
  type Values,
} from "./option.ts";

/** An argument that a command takes besides its options. */
export interface ArgumentDefinition<Value> {
  readonly help: string;
  readonly parse: (text: string) => Value;
  /** Whether it may be left out: then it is undefined, which `Value` has to have. */
  readonly isOptional?: boolean;
}

export function addOptions(command: Command, set: OptionSet): void {
  for (const definition of Object.values(set)) {
    if (definition.flags !== undefined)
      command.addOption(toCommanderOption(definition, definition.flags));
  }
}

export function addArgument(
  command: Command,
  name: string,
  { help, parse, isOptional = false }: ArgumentDefinition<unknown>,
): void {
  command.addArgument(
    new Argument(isOptional ? `[${name}]` : `<${name}>`, help).argParser(
      refuseAsCommander(parse),
    ),
  );
}

/**
 * @param command after it has parsed the command line
 * @throws {UsageError} when a variable does not hold a value of its option
 */
export function readValues<Set extends OptionSet>(
  command: Command,
  set: Set,
  environment: Environment,
): Values<Set> {
  const members = Object.entries(set).map(([member, definition]) => [
    member,
    readFlag(command, definition) ??
      readVariable(definition, environment) ??
      definition.whenMissing(environment),
  ]);
  return Object.fromEntries(members) as Values<Set>;
}

function toCommanderOption(
  definition: Definition<unknown>,
  flags: string,
): Option {
  const made = new Option(flags, toDescription(definition));
  made.helpGroup(definition.heading);
  if (!made.required) return made;
  return made.argParser(
    refuseAsCommander((text, before) => definition.parse(text, before)),
  );
}

/** As `--help` shows it: `Port to listen on [ACTIOND_PORT] (default: 8080)`. */
function toDescription(definition: Definition<unknown>): string {
  const { variable, default: text } = definition;
  const ending = text === undefined ? "" : ` (default: ${text})`;
  const named = variable === undefined ? "" : ` [${variable}]`;
  return `${describe(definition)}${named}${ending}`;
}

function readFlag(command: Command, { flags }: Definition<unknown>): unknown {
  if (flags === undefined) return undefined;
  return command.getOptionValue(new Option(flags).attributeName());
}

/** Commander's own support reads `process.env`, and would make parsing depend on it. */
function readVariable(
  definition: Definition<unknown>,
  environment: Environment,
): unknown {
  const { variable, isSecret } = definition;
  if (variable === undefined) return undefined;
  const text = environment[variable];
  if (text === undefined) return undefined;
  try {
    return definition.parse(text, undefined);
  } catch (error) {
    if (!(error instanceof UnitError)) throw error;
    const given = isSecret ? variable : `${variable}=${JSON.stringify(text)}`;
    throw new UsageError(toLine(`${given} is invalid. ${error.message}`), {
      cause: error,
    });
  }
}

/** Commander names the option or the argument only in front of errors of its own class. */
function refuseAsCommander<Value>(
  parse: (text: string, before: unknown) => Value,
): (text: string, before: unknown) => Value {
  return (text, before) => {
    try {
      return parse(text, before);
    } catch (error) {
      if (error instanceof UnitError)
        throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}
