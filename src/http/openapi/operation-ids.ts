/** Names the operations of actions: tools and functions of clients are called so. */
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";

type Named = Pick<CatalogEntry, "package" | "name" | "address">;

/**
 * An action is called by its own name, as in the original. Where another action, or an operation that is not one, has this
 * name, its package stands in front. Two underscores are in no name, so that nothing collides.
 *
 * @param taken names of other operations
 * @returns the names by the addresses of the actions
 */
export function nameOperations(
  entries: readonly Named[],
  taken: readonly string[],
): ReadonlyMap<string, string> {
  const counts = new Map(taken.map((id) => [id, 1]));
  for (const { name } of entries)
    counts.set(toWord(name), (counts.get(toWord(name)) ?? 0) + 1);
  return new Map(
    entries.map((entry) => {
      const own = toWord(entry.name);
      const id =
        counts.get(own) === 1 ? own : `${toWord(entry.package)}__${own}`;
      return [entry.address, id];
    }),
  );
}

function toWord(name: string): string {
  return name.replaceAll("-", "_");
}
