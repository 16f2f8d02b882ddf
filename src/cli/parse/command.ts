/** The definition of a command: its arguments, its options and what it does. */
import type { Command as Parser } from "commander";
import {
  addArgument,
  addOptions,
  type ArgumentDefinition,
  readValues,
} from "../options/read.ts";
import type { Environment, OptionSet, Values } from "../options/option.ts";

/** What a command gets from the program that runs it. */
export interface ProgramContext {
  /** The URL of the program's first file, from which its other files are found, in the executable as well. */
  readonly main: string;
  /** Variables that look like settings but are not, each with the nearest setting. */
  readonly misspelt: readonly string[];
  /** All commands. */
  readonly commands: readonly (Command | CommandGroup)[];
  /** The environment, without the variables that hold secrets. */
  readonly environment: Environment;
  /** Starts the program again, in the same process, with the same command line and environment. */
  readonly restart: () => never;
  /** Writes to standard output, for programs. */
  readonly write: (text: string) => void;
  /** Writes to standard error, for people. */
  readonly note: (text: string) => void;
}

/** A command that a command line has chosen, with its configuration. */
export interface ParsedCommand<Config> {
  readonly config: Config;
  /**
   * @returns the exit code
   * @throws {OperatorError}
   */
  readonly run: (context: ProgramContext) => Promise<number>;
}

export interface Command<Config = unknown> {
  readonly name: string;
  readonly description: string;
  /** Command lines that can be pasted. */
  readonly examples: readonly string[];
  readonly options: OptionSet;
  /** Adds the arguments and options to a parser. */
  readonly declare: (parser: Parser) => void;
  /**
   * @param parser after it has parsed a command line
   * @throws {UsageError}
   */
  readonly read: (
    parser: Parser,
    environment: Environment,
  ) => ParsedCommand<Config>;
}

/** Commands under a common name, such as `keys`. */
export interface CommandGroup<Config = unknown> {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly Command<Config>[];
}

type ArgumentSet = Readonly<Record<string, ArgumentDefinition<unknown>>>;
type ArgumentValues<Set extends ArgumentSet> = {
  readonly [Name in keyof Set]: ReturnType<Set[Name]["parse"]>;
};

type CommandConfig<
  Options extends OptionSet,
  Arguments extends ArgumentSet,
  Rest,
> = Values<Options> &
  ArgumentValues<Arguments> &
  (Rest extends string ? { readonly rest: readonly string[] } : unknown);

/**
 * `run` gets the arguments and options under the names they have here, with the types that their parsers return. It
 * imports what only it needs with `await import()`, so that the program starts equally fast with any number of commands.
 */
export function defineCommand<
  Options extends OptionSet,
  Arguments extends ArgumentSet,
  Rest extends string | undefined = undefined,
>(definition: {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly arguments: Arguments;
  /** What the further arguments and unknown options are, which the command takes as they stand, in `rest`. */
  readonly rest?: Rest;
  readonly options: Options;
  readonly run: (
    config: CommandConfig<Options, Arguments, Rest>,
    context: ProgramContext,
  ) => Promise<number>;
}): Command<CommandConfig<Options, Arguments, Rest>> {
  const { name, description, examples, options, run, rest } = definition;
  const named = Object.entries(definition.arguments);
  return {
    name,
    description,
    examples,
    options,
    declare(parser) {
      for (const [word, argument] of named) addArgument(parser, word, argument);
      if (rest !== undefined)
        parser.argument("[arguments...]", rest).allowUnknownOption();
      addOptions(parser, options);
    },
    read(parser, environment) {
      const given = named.map(([word], index) => [
        word,
        parser.processedArgs[index] as unknown,
      ]);
      const config = {
        ...readValues(parser, options, environment),
        ...(Object.fromEntries(given) as ArgumentValues<Arguments>),
        ...(rest === undefined
          ? {}
          : { rest: parser.args.slice(named.length) }),
      } as CommandConfig<Options, Arguments, Rest>;
      return { config, run: (context) => run(config, context) };
    },
  };
}
