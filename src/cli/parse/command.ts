/** A command: its words, its options and its deed. */
import type { Command as Parser } from "commander";
import {
  addArgument,
  addOptions,
  type ArgumentDefinition,
  readValues,
} from "../options/read.ts";
import type { Environment, OptionSet, Values } from "../options/option.ts";

/** What a deed has of the program that it is a part of. */
export interface Shell {
  /** URL of the program's first file: other files of the program are found from it, also in the executable. */
  readonly main: string;
  /** Variables that look like settings and are none, each with its nearest name. */
  readonly misspelt: readonly string[];
  /** Writes to standard output, for programs. */
  readonly write: (text: string) => void;
  /** Writes to standard error, for people. */
  readonly note: (text: string) => void;
}

/** What a command line asks for. */
export interface Deed<Asked> {
  readonly asked: Asked;
  /**
   * @returns the exit code
   * @throws {OperatorError}
   */
  readonly run: (shell: Shell) => Promise<number>;
}

export interface Command<Asked = unknown> {
  readonly name: string;
  readonly description: string;
  /** Command lines, each with a comment. */
  readonly examples: readonly string[];
  readonly options: OptionSet;
  /** Adds its words and options to a parser. */
  readonly declare: (parser: Parser) => void;
  /**
   * @param parser after it has parsed a command line
   * @throws {UsageError}
   */
  readonly read: (parser: Parser, environment: Environment) => Deed<Asked>;
}

/** Commands below a common name, such as `keys`. */
export interface CommandGroup<Asked = unknown> {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly Command<Asked>[];
}

type ArgumentSet = Readonly<Record<string, ArgumentDefinition<unknown>>>;
type Words<Set extends ArgumentSet> = {
  readonly [Name in keyof Set]: ReturnType<Set[Name]["parse"]>;
};

/**
 * The deed gets the words and options under the names they have here, and their types from their parsers. It imports
 * what it needs when it is done (`await import()`), so that the program starts as fast however many commands it has.
 */
export function defineCommand<
  Options extends OptionSet,
  Arguments extends ArgumentSet,
>(definition: {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly arguments: Arguments;
  readonly options: Options;
  readonly run: (
    asked: Values<Options> & Words<Arguments>,
    shell: Shell,
  ) => Promise<number>;
}): Command<Values<Options> & Words<Arguments>> {
  const { name, description, examples, options, run } = definition;
  const words = Object.entries(definition.arguments);
  return {
    name,
    description,
    examples,
    options,
    declare(parser) {
      for (const [word, argument] of words) addArgument(parser, word, argument);
      addOptions(parser, options);
    },
    read(parser, environment) {
      const given = words.map(([word], index) => [
        word,
        parser.processedArgs[index] as unknown,
      ]);
      const asked = {
        ...readValues(parser, options, environment),
        ...(Object.fromEntries(given) as Words<Arguments>),
      };
      return { asked, run: (shell) => run(asked, shell) };
    },
  };
}
