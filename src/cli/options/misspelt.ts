/** Finds variables that look like settings but are not, such as ACTIOND_PROT. */
import { Command, CommanderError } from "commander";
import type { Environment } from "./option.ts";

const PREFIX = "ACTIOND_";

/**
 * @param known every variable that some command reads
 * @returns `ACTIOND_PROT (did you mean ACTIOND_PORT?)` for each; never what it holds
 */
export function findMisspelt(
  environment: Environment,
  known: ReadonlySet<string>,
): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name))
    .toSorted()
    .map((name) => {
      const nearest = findNearest(name, known);
      return nearest === undefined
        ? name
        : `${name} (did you mean ${nearest}?)`;
    });
}

/** Commander compares names when it refuses an option, but does not export how. So the names are given to it as options. */
function findNearest(
  name: string,
  known: ReadonlySet<string>,
): string | undefined {
  const parser = new Command().exitOverride().configureOutput({
    outputError: () => undefined,
  });
  for (const variable of known) parser.option(toFlag(variable));
  try {
    parser.parse([toFlag(name)], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const [, nearest] =
      /Did you mean (?:one of )?(--[\w-]+)/.exec(error.message) ?? [];
    return [...known].find((variable) => toFlag(variable) === nearest);
  }
  return undefined;
}

function toFlag(variable: string): string {
  const name = variable.slice(PREFIX.length).toLowerCase();
  return `--${name.replaceAll(/[^a-z\d]/g, "-")}`;
}
