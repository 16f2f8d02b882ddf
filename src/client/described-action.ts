/** An action as a client needs to know it: from the catalog on disk, or from `GET /api/actions`. */
import type { JsonSchema } from "../action/schema/parts.ts";

export interface DescribedAction {
  readonly package: string;
  readonly action: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  /** Null when the result may be any JSON. */
  readonly outputSchema: JsonSchema | null;
}

export function addressOf(action: DescribedAction): string {
  return `${action.package}/${action.action}`;
}

/** Groups actions by package, in the order in which they come. */
export function groupByPackage(
  actions: readonly DescribedAction[],
): [name: string, actions: readonly DescribedAction[]][] {
  return [...Map.groupBy(actions, (action) => action.package)];
}

/**
 * Gives each word a name with `toName`; a word whose name another one has as well keeps its own spelling.
 *
 * @returns the names in the order of the words
 */
export function nameWords(
  words: readonly string[],
  toName: (word: string) => string,
): string[] {
  const groups = Map.groupBy(words, toName);
  return words.map((word) => {
    const name = toName(word);
    return groups.get(name)?.length === 1 ? name : word;
  });
}
