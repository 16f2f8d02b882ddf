/** The catalog of this moment: it can be replaced while the server runs, and those who depend on it follow. */
import type { Catalog, LoadedCatalog } from "./catalog.ts";
import type { CatalogEntry } from "./catalog-entry.ts";

export class LiveCatalog implements Catalog {
  readonly #listeners = new Set<(current: LoadedCatalog) => void>();
  #current: LoadedCatalog;

  constructor(first: LoadedCatalog) {
    this.#current = first;
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
    this.#current = next;
    for (const listener of this.#listeners) listener(next);
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
