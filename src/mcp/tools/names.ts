/** The names under which a catalog's actions are tools and prompts. */
import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { type Caller, mayUse } from "../../access/caller.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import type { Whose } from "../parts.ts";

type Names = ReadonlyMap<string, CatalogEntry>;

/** Made once for each catalog. */
const known = new WeakMap<Catalog, Names>();

/**
 * The name of `reports/write-report` is `reports_write_report`: clients accept letters, digits and underscores. An action
 * that is called like its package has that name alone. Where two addresses have the same name, such as `a-b/c` and `a/b-c`,
 * both are written with two underscores: `a_b__c`, `a__b_c`.
 *
 * @param catalog one that does not change
 */
export function namesOf(catalog: Catalog): Names {
  let names = known.get(catalog);
  if (names === undefined) {
    names = toNames(catalog.list());
    known.set(catalog, names);
  }
  return names;
}

/** @throws {ProtocolError} the caller knows nothing of this name and `kind` */
export function findNamed(
  name: string,
  kind: "tool" | "prompt",
  isOfKind: (entry: CatalogEntry) => boolean,
  { caller, parts }: Whose,
): CatalogEntry {
  const entry = namesOf(parts.catalog.current).get(name);
  if (entry !== undefined && isOfKind(entry) && mayUse(caller, entry.package))
    return entry;
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `There is no ${kind} ${JSON.stringify(name)}. The method ${kind}s/list lists those there are.`,
  );
}

/** Lists the names of the actions that the caller may use. */
export function listNames(
  catalog: Catalog,
  caller: Caller,
): [name: string, entry: CatalogEntry][] {
  return [...namesOf(catalog)].filter(([, entry]) =>
    mayUse(caller, entry.package),
  );
}

function toNames(entries: readonly CatalogEntry[]): Names {
  const groups = Map.groupBy(entries, (entry) =>
    entry.package === entry.name ? toWord(entry.name) : toName(entry, "_"),
  );
  const named = [...groups].flatMap(([name, group]) =>
    group.map((entry): [string, CatalogEntry] => [
      group.length === 1 ? name : toName(entry, "__"),
      entry,
    ]),
  );
  return new Map(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function toName(entry: CatalogEntry, between: string): string {
  return [entry.package, entry.name].map(toWord).join(between);
}

function toWord(word: string): string {
  return word.replaceAll("-", "_");
}
