/** The definition of an option: from it follow its flag, its variable, its help, its parser and, by inference, its type. */
import { UnitError } from "../../units.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** How a member of a configuration is config for. `Value` is the type of that member. */
export interface Definition<Value> {
  /** The flags as commander reads them, such as `--port <number>`; undefined if only the environment can set the member. */
  readonly flags: string | undefined;
  /** The environment variable, such as `ACTIOND_PORT`; undefined if nobody sets the member. */
  readonly variable: string | undefined;
  readonly help: string;
  /** The heading of the help under which the option stands. */
  readonly heading: string;
  /** The default as a person would write it; undefined if the option has no default. */
  readonly default: string | undefined;
  readonly isRepeatable: boolean;
  /** Whether the value is never shown and the variable is removed from the environment. */
  readonly isSecret: boolean;
  /** @throws {UnitError} saying what would be right */
  parse(text: string, before: Value | undefined): Value;
  /** @returns the value if none is given */
  whenMissing(environment: Environment): Value;
}

/** The definitions of a configuration, by the names of its members. */
export type OptionSet = Readonly<Record<string, Definition<unknown>>>;

/** The configuration that definitions describe. */
export type Values<Set extends OptionSet> = {
  readonly [Member in keyof Set]: Set[Member] extends Definition<infer Value>
    ? Value
    : never;
};

interface Details<Value> {
  readonly help: string;
  readonly parse: (text: string) => Value;
}

/** An option with a default, written as a person would write it. */
export function option<Value>(
  flags: string,
  details: Details<Value> & { readonly default: string },
): Definition<Value> {
  return {
    ...toDefinition(flags, details.help),
    default: details.default,
    parse: (text) => details.parse(text),
    whenMissing: () => details.parse(details.default),
  };
}

/** An option that may be missing. */
export function optional<Value>(
  flags: string,
  { help, parse }: Details<Value>,
): Definition<Value | undefined> {
  return {
    ...toDefinition(flags, help),
    parse: (text) => parse(text),
    whenMissing: () => undefined,
  };
}

/** An option that may be given several times, and each time with several values. */
export function list<Value>(
  flags: string,
  details: Details<readonly Value[]> & { readonly isSecret?: boolean },
): Definition<readonly Value[]> {
  return {
    ...toDefinition(flags, details.help),
    isRepeatable: true,
    isSecret: details.isSecret ?? false,
    parse: (text, before = []) => [...before, ...details.parse(text)],
    whenMissing: () => [],
  };
}

/** An option that is one of a few words. */
export function choice<const Choice extends string>(
  name: string,
  choices: readonly Choice[],
  details: { readonly help: string; readonly default: NoInfer<Choice> },
): Definition<Choice> {
  const quoted = choices.map((word) => `"${word}"`);
  return {
    ...toDefinition(`${name} <${choices.join("|")}>`, details.help),
    default: details.default,
    parse(text) {
      const found = choices.find((word) => word === text);
      if (found !== undefined) return found;
      const last = quoted.at(-1) ?? "";
      throw new UnitError(
        `It must be ${quoted.slice(0, -1).join(", ")} or ${last}.`,
      );
    },
    whenMissing: () => details.default,
  };
}

/** An option without a value; its variable is "true" or "false". */
export function flag(name: string, help: string): Definition<boolean> {
  return {
    ...toDefinition(name, help),
    parse(text) {
      if (text === "true" || text === "1") return true;
      if (text === "false" || text === "0") return false;
      throw new UnitError('It must be "true" or "false".');
    },
    whenMissing: () => false,
  };
}

/** A secret that only the environment may hold: everybody on a machine can read command lines. */
export function secretVariable(
  variable: string,
  help: string,
): Definition<string | undefined> {
  return {
    ...toDefinition(undefined, help),
    variable,
    isSecret: true,
    parse: (text) => text,
    whenMissing: () => undefined,
  };
}

/** A member that nobody sets, because it follows from the whole environment. */
export function derived<Value>(
  whenMissing: (environment: Environment) => Value,
): Definition<Value> {
  return {
    ...toDefinition(undefined, ""),
    parse: () => whenMissing({}),
    whenMissing,
  };
}

/** Puts options under a heading of the help. */
export function under<Set extends OptionSet>(heading: string, set: Set): Set {
  const members = Object.entries(set).map(([member, definition]) => [
    member,
    { ...definition, heading },
  ]);
  return Object.fromEntries(members) as Set;
}

/** The configuration when nothing is given. */
export function defaultsOf<Set extends OptionSet>(set: Set): Values<Set> {
  const members = Object.entries(set).map(([member, definition]) => [
    member,
    definition.whenMissing({}),
  ]);
  return Object.fromEntries(members) as Values<Set>;
}

/** What an option does, for people. */
export function describe({ help, isRepeatable }: Definition<unknown>): string {
  return isRepeatable ? `${help}; may be repeated` : help;
}

function toDefinition(flags: string | undefined, help: string) {
  return {
    flags,
    variable: flags === undefined ? undefined : toVariable(flags),
    help,
    heading: "Options:",
    default: undefined,
    isRepeatable: false,
    isSecret: false,
  };
}

/** `--max-wait <seconds>` is `ACTIOND_MAX_WAIT`. */
function toVariable(flags: string): string {
  const [name = ""] = flags.replace(/^--/, "").split(" ");
  return `ACTIOND_${name.replaceAll("-", "_").toUpperCase()}`;
}
