/** The catalog of this moment: it can be replaced while the server runs, and those who depend on it follow. */
import type { Catalog, LoadedCatalog } from "./catalog.ts";
import type { CatalogEntry } from "./catalog-entry.ts";

type Accepts = (entry: CatalogEntry) => boolean;

export class LiveCatalog implements Catalog {
  readonly #listeners = new Set<(current: LoadedCatalog) => void>();
  readonly #accepts: Accepts | undefined;
  #current: LoadedCatalog;

  /** @param accepts which actions of a folder it has; undefined for all */
  constructor(first: LoadedCatalog, accepts?: Accepts) {
    this.#accepts = accepts;
    this.#current = restrict(first, accepts);
  }

  /** The catalog as it is now; it does not change itself when another one takes its place. */
  get current(): LoadedCatalog {
    return this.#current;
  }

  find(packageName: string, actionName: string): CatalogEntry | undefined {
    return this.#current.find(packageName, actionName);
  }

  list(): readonly CatalogEntry[] {
    return this.#current.list();
  }

  /** Puts another catalog in the place of the current one. Runs that were accepted keep the entry they started with. */
  replace(next: LoadedCatalog): void {
    this.#current = restrict(next, this.#accepts);
    for (const listener of this.#listeners) listener(this.#current);
  }

  /** Calls `listener` after each change, until what it returns is disposed of. */
  onChange(listener: (current: LoadedCatalog) => void): Disposable {
    this.#listeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener);
      },
    };
  }
}

function restrict(
  catalog: LoadedCatalog,
  accepts: Accepts | undefined,
): LoadedCatalog {
  if (accepts === undefined) return catalog;
  const list = catalog.list().filter(accepts);
  return {
    ...catalog,
    list: () => list,
    find(packageName, actionName) {
      const entry = catalog.find(packageName, actionName);
      return entry !== undefined && accepts(entry) ? entry : undefined;
    },
  };
}
