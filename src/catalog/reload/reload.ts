/** Loads the actions again when their files change, and puts the new catalog in the place of the old one. */
import type { Log } from "../../log.ts";
import type { Isolation } from "../../action/definition.ts";
import { type LoadedCatalog, loadCatalog } from "../catalog.ts";
import type { CatalogEntry } from "../catalog-entry.ts";
import { CatalogError } from "../catalog-error.ts";
import type { LiveCatalog } from "../live-catalog.ts";
import { readSources } from "./sources.ts";
import { SourceWatcher } from "./watch-sources.ts";

interface ReloadParts {
  readonly folder: string;
  readonly isolation: Isolation;
  readonly catalog: LiveCatalog;
  readonly log: Log;
  /** The entries whose code is in use, or will be. */
  readonly inUse: () => Iterable<CatalogEntry>;
  /** Called when packages have changed, which only a new process can load. */
  readonly onPackages: () => void;
}

/** How often to look whether the code of an old version is still in use. */
const RETIRE_MS = 1000;

export class Reloader implements Disposable {
  readonly #parts: ReloadParts;
  readonly #watcher: SourceWatcher;
  readonly #retired = new Set<LoadedCatalog>();
  readonly #timer: NodeJS.Timeout;
  /** The version that was loaded last, or could not be loaded. */
  #triedVersion: string;
  #loading: Promise<void> | undefined;
  #mistake: string | undefined;
  #isClosed = false;

  constructor(parts: ReloadParts) {
    this.#parts = parts;
    this.#triedVersion = parts.catalog.current.version;
    this.#watcher = new SourceWatcher(parts.folder, {
      onSources: () => {
        void this.reload();
      },
      onPackages: parts.onPackages,
    });
    this.#timer = setInterval(() => {
      this.#retireUnused();
    }, RETIRE_MS);
    this.#timer.unref();
    // What has changed since the catalog was loaded and before it was watched.
    void this.reload();
  }

  /** Why the current version of the files could not be loaded; undefined when it is served. */
  get mistake(): string | undefined {
    return this.#mistake;
  }

  /** Loads what has changed, if anything has. Resolves when the current version of the files is served or refused. */
  reload(): Promise<void> {
    return (this.#loading = (this.#loading ?? Promise.resolve()).then(() =>
      this.#reload(),
    ));
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#watcher[Symbol.dispose]();
  }

  async #reload(): Promise<void> {
    const { folder, isolation, log } = this.#parts;
    for (;;) {
      const { version, folders } = readSources(folder);
      if (this.#isClosed || version === this.#triedVersion) return;
      this.#triedVersion = version;
      this.#watcher.follow(folders);
      this.#mistake = undefined;
      try {
        const startedAt = performance.now();
        const next = await loadCatalog({ folder, isolation, mayBeEmpty: true });
        this.#triedVersion = next.version;
        // While the files were imported, some of them may have changed.
        if (readSources(folder).version === next.version)
          this.#replace(next, performance.now() - startedAt);
        else next[Symbol.dispose]();
      } catch (error) {
        if (!(error instanceof CatalogError)) throw error;
        this.#mistake = error.message;
        log.error(
          `${error.message}\nThe version that was loaded before is still used.`,
        );
      }
    }
  }

  #replace(next: LoadedCatalog, loadMs: number): void {
    const { catalog, log } = this.#parts;
    const before = catalog.current;
    catalog.replace(next);
    this.#retired.add(before);
    this.#retireUnused();
    const count = next.list().length;
    log.info("The actions were reloaded.", {
      action_count: count,
      load_ms: Math.round(loadMs),
      ...compare(before, next),
    });
    for (const notice of next.notices)
      if (!before.notices.includes(notice)) log.warn(notice);
    if (count === 0) log.warn("There are no actions left in the folder.");
  }

  /** Runs finish on the code they started with: it is closed when none of them is left. */
  #retireUnused(): void {
    if (this.#retired.size === 0) return;
    const used = new Set(this.#parts.inUse());
    for (const old of this.#retired) {
      if (old.list().some((entry) => used.has(entry))) continue;
      this.#retired.delete(old);
      old[Symbol.dispose]();
    }
  }
}

function compare(before: LoadedCatalog, next: LoadedCatalog) {
  const old = new Set(before.list().map(({ address }) => address));
  const now = new Set(next.list().map(({ address }) => address));
  const added = [...now.difference(old)];
  const removed = [...old.difference(now)];
  return {
    ...(added.length === 0 ? {} : { added }),
    ...(removed.length === 0 ? {} : { removed }),
  };
}

/** Says once in the log that files have changed since the server loaded them. */
export function watchWithoutReload(
  folder: string,
  { catalog, log }: { catalog: LoadedCatalog; log: Log },
): Disposable {
  const warn = () => {
    if (readSources(folder).version === catalog.version) return;
    watcher[Symbol.dispose]();
    log.warn(
      "The actions in the folder have changed since the server loaded them. Restart the server to load them, or start it with --watch.",
      { folder },
    );
  };
  const watcher = new SourceWatcher(folder, {
    onSources: warn,
    onPackages: () => undefined,
  });
  return watcher;
}

/**
 * Loads a folder, and when that fails says why and waits until its files have changed.
 *
 * @param until.signal ends the wait: the promise is rejected with its reason
 */
export async function loadWhenPossible(
  options: {
    folder: string;
    isolation: Isolation;
    log: Log;
    mayBeEmpty: boolean;
  },
  until: { signal?: AbortSignal | undefined; onPackages: () => void },
): Promise<LoadedCatalog> {
  const { folder, log } = options;
  let changed = Promise.withResolvers<void>();
  using watcher = new SourceWatcher(folder, {
    onSources: () => {
      changed.resolve();
    },
    onPackages: until.onPackages,
  });
  until.signal?.addEventListener("abort", () => {
    changed.resolve();
  });
  for (;;) {
    until.signal?.throwIfAborted();
    changed = Promise.withResolvers();
    try {
      return await loadCatalog(options);
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      log.error(`${error.message}\nThe server will start when this is fixed.`);
    }
    watcher.follow(readSources(folder).folders);
    await changed.promise;
  }
}
