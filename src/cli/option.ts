/** An option of the command line that is also a variable of the environment. */
import { InvalidArgumentError, Option } from "commander";
import { UnitError } from "../units.ts";

/** An option with its default as one would write it, and its variable in the help. */
export function makeOption(
  flags: string,
  description: string,
  standard: string,
  parse: (text: string) => unknown,
): Option {
  const made = new Option(flags);
  made.description = `${description} (${toVariable(made)})`;
  return made.default(parse(standard), standard).argParser(toParser(parse));
}

/** An option that has no default. */
export function makeUnsetOption(
  flags: string,
  description: string,
  parse: (text: string) => unknown,
): Option {
  const made = new Option(flags);
  // Commander leaves out a default of undefined, whatever it is said to be.
  made.description = `${description} (${toVariable(made)}) (default: none)`;
  return made.argParser(toParser(parse));
}

/** An option that is there or not; its variable says "true" or "false". */
export function makeFlag(flags: string, description: string): Option {
  const made = new Option(flags);
  made.description = `${description} (${toVariable(made)})`;
  return made.default(false).argParser(toParser(toBoolean));
}

/** An option that may be repeated: each time adds to the list. */
export function makeListOption(
  flags: string,
  description: string,
  parse: (text: string) => string[],
): Option {
  const made = new Option(flags);
  made.description = `${description}; may be repeated (${toVariable(made)})`;
  const parseList = toParser(parse);
  return made
    .default([], "none")
    .argParser((text: string, previous: string[]) => [
      ...previous,
      ...parseList(text),
    ]);
}

/** @param text undefined for a flag on the command line, where it has none */
function toBoolean(text: string | undefined): boolean {
  if (text === undefined || text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new UnitError('It must be "true" or "false".');
}

/** What commander wants of a parser: that it refuses a value with an error of its own. */
export function toParser<Value>(
  parse: (text: string) => Value,
): (text: string) => Value {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof UnitError)
        throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/** `--max-wait` is `ACTIOND_MAX_WAIT`. */
export function toVariable(option: Option): string {
  return `ACTIOND_${option.name().replaceAll("-", "_").toUpperCase()}`;
}
