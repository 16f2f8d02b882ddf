/** Parses a command line, together with the environment, into a command and its configuration. */
import { CommanderError, Command as Parser } from "commander";
import { UsageError } from "../../errors.ts";
import { toLine } from "../options/mistake.ts";
import type { Definition, Environment } from "../options/option.ts";
import { description, version } from "../version.ts";
import type { Command, CommandGroup, ParsedCommand } from "./command.ts";

/** A command to run, or a text to print, such as the help. */
export type Parsed<Config> = { readonly text: string } | ParsedCommand<Config>;

/**
 * @param argv without the program's own name
 * @param environment each option is also read from `ACTIOND_…`; the command line wins
 * @throws {UsageError}
 */
export function parse<Config>(
  commands: readonly (Command<Config> | CommandGroup<Config>)[],
  argv: readonly string[],
  environment: Environment,
): Parsed<Config> {
  let text = "";
  let chosen: ParsedCommand<Config> | undefined;
  const program = new Parser("actiond")
    .description(description)
    .version(version, "-v, --version", "Show the version")
    .helpOption("-h, --help", "Show this help")
    .exitOverride()
    .configureOutput({
      writeOut: (output) => (text += output),
      writeErr: (output) => (text += output),
      outputError: () => undefined,
    });
  addCommands(program, narrow(commands, argv), (parser, command) => {
    chosen = command.read(parser, environment);
  });
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (text === "" || error.code === "commander.unknownCommand")
      throw new UsageError(
        `${toLine(error.message)}${toHint(error, commands, argv)}`,
        { cause: error },
      );
    // When the command of "help <command>" does not exist, commander shows the help of the whole program.
    const topic = argv.indexOf("help");
    if (error.exitCode !== 0 && topic !== -1 && topic < argv.length - 1)
      return parse(commands, argv.toSpliced(topic, 1), environment);
  }
  return chosen ?? { text };
}

/** The command that is named alone, because declaring the options of all takes longer than many a command. */
function narrow<Config>(
  commands: readonly (Command<Config> | CommandGroup<Config>)[],
  [name]: readonly string[],
): readonly (Command<Config> | CommandGroup<Config>)[] {
  const named = commands.filter((command) => command.name === name);
  return named.length === 0 ? commands : named;
}

/** @returns where to look, when nothing similar is known */
function toHint(
  { code, message }: CommanderError,
  commands: readonly (Command | CommandGroup)[],
  argv: readonly string[],
): string {
  if (message.includes("Did you mean")) return "";
  if (code === "commander.unknownCommand")
    return '. "actiond --help" lists the commands.';
  if (code !== "commander.unknownOption") return "";
  const [first = ""] = argv;
  if (!first.startsWith("-"))
    return `. "actiond ${commands.some(({ name }) => name === first) ? `${first} ` : ""}--help" lists the options.`;
  // An option was written before its command.
  const [name = ""] = first.split("=");
  const owners = commands.filter(
    (command) =>
      "options" in command &&
      Object.values(command.options).some(
        ({ flags }) => flags?.split(" ")[0] === name,
      ),
  );
  return owners.length === 0
    ? '. "actiond --help" lists the commands.'
    : `. Put it after its command: ${owners.map((each) => each.name).join(", ")}.`;
}

/** @param found called with the command that was chosen and its parser, which has parsed the command line */
function addCommands<Config>(
  parent: Parser,
  commands: readonly (Command<Config> | CommandGroup<Config>)[],
  found: (parser: Parser, command: Command<Config>) => void,
): void {
  parent.helpCommand(
    "help [command]",
    "Show the options and environment variables of a command",
  );
  parent.addHelpText("after", toHelpEnd(commands.flatMap(findExamples)));
  for (const command of commands) {
    const parser = parent
      .command(command.name)
      .description(command.description)
      .helpOption("-h, --help", "Show this help");
    if ("commands" in command) addCommands(parser, command.commands, found);
    else {
      command.declare(parser);
      parser.addHelpText("after", toCommandHelpEnd(command));
      parser.action(() => {
        found(parser, command);
      });
    }
  }
}

/** @returns the first example of a command */
function findExamples(command: Command | CommandGroup): readonly string[] {
  const [first] = "commands" in command ? command.commands : [command];
  return first?.examples.slice(0, 1) ?? [];
}

function toHelpEnd(examples: readonly string[]): string {
  return toSections({ "Examples:": examples });
}

function toCommandHelpEnd({ examples, options }: Command): string {
  const variables = Object.values(options).filter(isVariableAlone);
  const isSettable = Object.keys(options).length > 0;
  return toSections({
    "Environment variables without an option:": variables.map(
      ({ variable, help }) => `${variable}  ${help}`,
    ),
    "Environment:": isSettable
      ? [
          "Each option can also be set by the environment variable in brackets.",
          "The command line takes precedence over the environment.",
        ]
      : [],
    "Examples:": examples,
  });
}

function toSections(sections: Record<string, readonly string[]>): string {
  return Object.entries(sections)
    .filter(([, lines]) => lines.length > 0)
    .map(([heading, lines]) =>
      ["", heading, ...lines.map((line) => `  ${line}`)].join("\n"),
    )
    .join("\n");
}

function isVariableAlone({ flags, variable }: Definition<unknown>): boolean {
  return flags === undefined && variable !== undefined;
}
