/** Watches the files of an actions folder, those elsewhere that they import, and the packages installed beside it. */
import { existsSync, type FSWatcher, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import { findProject } from "../find-project.ts";
import { readSources } from "./sources.ts";

/** How long nothing may change before a change is told: editors and copying programs write in several steps. */
const SETTLE_MS = 15;
/** Installing packages takes many steps, with pauses between them. */
const PACKAGES_SETTLE_MS = 300;

const PACKAGE_FILES = new Set([
  "package.json",
  "bun.lock",
  "bun.lockb",
  "package-lock.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "tsconfig.json",
]);

interface Listeners {
  /** A file may have changed. */
  readonly onSources: () => void;
  /** A package was installed or removed, or a setting of the whole project has changed. */
  readonly onPackages: () => void;
}

export class SourceWatcher implements Disposable {
  readonly #folder: string;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #sources: Settled;
  readonly #packages: Settled;

  constructor(folder: string, { onSources, onPackages }: Listeners) {
    this.#folder = folder;
    this.#sources = new Settled(SETTLE_MS, onSources);
    this.#packages = new Settled(PACKAGES_SETTLE_MS, onPackages);
    this.follow(readSources(folder).folders);
  }

  /** Watches these folders beside the actions folder, and no others any more. */
  follow(folders: ReadonlySet<string>): void {
    const project = findProject(this.#folder);
    const parent = dirname(this.#folder);
    const packages = join(project, "node_modules");
    const wanted = new Map<string, (name: string | null) => void>();
    for (const folder of folders)
      if (!folder.startsWith(`${this.#folder}/`))
        wanted.set(folder, this.#onSource);
    wanted.set(packages, this.#onPackage);
    wanted.set(project, this.#onProjectFile);
    // The folder may be removed and made again, or be a link that is changed: its own watcher would not tell.
    wanted.set(parent, this.#onSibling);
    wanted.set(this.#folder, this.#onSource);
    for (const [path, watcher] of this.#watchers)
      if (!wanted.has(path)) {
        watcher.close();
        this.#watchers.delete(path);
      }
    for (const [path, listener] of wanted) this.#watch(path, listener);
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#sources.cancel();
    this.#packages.cancel();
  }

  #watch(path: string, listener: (name: string | null) => void): void {
    if (this.#watchers.has(path) || !existsSync(path)) return;
    try {
      const options = { recursive: path === this.#folder, persistent: false };
      const watcher = watch(path, options, (_event, name) => {
        // When the folder itself is removed, Bun gives no name at all.
        listener(name ?? null);
      });
      watcher.on("error", () => {
        watcher.close();
        this.#watchers.delete(path);
      });
      this.#watchers.set(path, watcher);
    } catch {
      // It was removed just now, or may not be read: whoever loads the actions says so.
    }
  }

  readonly #onSource = (name: string | null): void => {
    if (name === null || !name.split("/").some(isIgnored))
      this.#sources.touch();
  };

  readonly #onProjectFile = (name: string | null): void => {
    if (name === "node_modules" || (name !== null && PACKAGE_FILES.has(name)))
      this.#packages.touch();
  };

  /** Names that begin with a dot are caches and unfinished copies; "actiond" holds declarations for editors. */
  readonly #onPackage = (name: string | null): void => {
    if (name !== null && !name.startsWith(".") && name !== "actiond")
      this.#packages.touch();
  };

  readonly #onSibling = (name: string | null): void => {
    this.#onProjectFile(name);
    if (name !== basename(this.#folder)) return;
    this.#watchers.get(this.#folder)?.close();
    this.#watchers.delete(this.#folder);
    this.#watch(this.#folder, this.#onSource);
    this.#sources.touch();
  };
}

/** These hold no code that is read from there: caches, databases, packages. `..data` is where Kubernetes swaps files. */
function isIgnored(name: string): boolean {
  return name === "node_modules" || /^\.(?!\.)/.test(name);
}

/** Calls back once when nothing has been touched for a while. */
class Settled {
  readonly #ms: number;
  readonly #onSettled: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onSettled: () => void) {
    this.#ms = ms;
    this.#onSettled = onSettled;
  }

  touch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onSettled, this.#ms);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
