/** The catalog: the packages and actions of a folder. */
import { type CatalogEntry, toEntry } from "./catalog-entry.ts";
import { CatalogError, type CatalogProblem } from "./catalog-error.ts";
import type { Isolation } from "../action/definition.ts";
import { openCode } from "./code.ts";
import type { EmbeddedFile } from "./embedded.ts";
import { findNotices, type LoadedFile } from "./notices.ts";
import type { Generation } from "./reload/generation.ts";
import { importFile } from "./import-file.ts";
import { toSourcePosition } from "./source-position.ts";

export interface Catalog {
  find(packageName: string, actionName: string): CatalogEntry | undefined;
  /** Lists the entries in the order of their addresses. */
  list(): readonly CatalogEntry[];
}

/** A catalog with the code that its actions run. Disposing of it closes what that code has opened. */
export interface LoadedCatalog extends Catalog, Disposable {
  /** A hash of the files it was loaded from. */
  readonly version: string;
  /** A sentence for each file that holds no action although it seems that it should. */
  readonly notices: readonly string[];
}

const IMPORT_TIMEOUT_MS = 10_000;

/**
 * Imports every action file of a folder: `greeter.ts`, and every file directly in `greeter/`, is the package `greeter`.
 *
 * @param options.isolation the isolation of actions that do not choose one
 * @param options.importTimeoutMs how long the import of each file may take, including its top-level await
 * @throws {CatalogError} with every problem, not only the first
 */
export async function loadCatalog(options: {
  folder: string;
  isolation?: Isolation;
  importTimeoutMs?: number;
  /** Whether a folder without actions is a catalog without entries and not an error. */
  mayBeEmpty?: boolean;
}): Promise<LoadedCatalog> {
  const { folder, importTimeoutMs = IMPORT_TIMEOUT_MS } = options;
  const { isolation = "in-process", mayBeEmpty = false } = options;
  const code = openCode(folder);
  const { version, generation, imported } = code;
  const fileOptions = {
    version,
    generation,
    isolation,
    timeoutMs: importTimeoutMs,
  };
  try {
    // The files are imported at once, so that several that never finish cost only one timeout.
    const loaded = await Promise.all(
      code.files.map((file) => loadFile(file, fileOptions)),
    );
    const entries = collect(loaded.flatMap(({ found }) => found));
    const notices =
      generation === undefined ? [] : findNotices(folder, { loaded, imported });
    if (entries.size === 0 && !mayBeEmpty)
      throw CatalogError.empty(folder, notices);
    return {
      ...toCatalog(entries),
      version,
      notices,
      [Symbol.dispose]: () => {
        code[Symbol.dispose]();
      },
    };
  } catch (error) {
    code[Symbol.dispose]();
    throw error;
  }
}

function toCatalog(entries: ReadonlyMap<string, CatalogEntry>): Catalog {
  const list = [...entries.values()].toSorted((a, b) =>
    a.address < b.address ? -1 : 1,
  );
  return {
    find: (packageName, actionName) =>
      entries.get(`${packageName}/${actionName}`),
    list: () => list,
  };
}

async function loadFile(
  { file, packageName, load }: EmbeddedFile,
  options: {
    generation: Generation | undefined;
    version: string;
    timeoutMs: number;
    isolation: Isolation;
  },
): Promise<LoadedFile> {
  const imported = await importFile(file, {
    load,
    timeoutMs: options.timeoutMs,
  });
  if (!("exports" in imported)) return { file, exports: {}, found: [imported] };
  const { exports } = imported;
  const found = Object.entries(exports)
    .map(([name, value]) =>
      toEntry({ file, packageName, name, value, ...options }),
    )
    .filter((each) => each !== undefined);
  return { file, exports, found };
}

/** @throws {CatalogError} with every problem */
function collect(
  found: readonly (CatalogEntry | CatalogProblem)[],
): ReadonlyMap<string, CatalogEntry> {
  const entries = new Map<string, CatalogEntry>();
  const problems: CatalogProblem[] = [];
  for (const item of found) {
    const problem = "reason" in item ? item : add(entries, item);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) throw CatalogError.of(problems);
  return entries;
}

/** @returns the reason why the entry cannot be added; undefined when it was added */
function add(
  entries: Map<string, CatalogEntry>,
  entry: CatalogEntry,
): CatalogProblem | undefined {
  const earlier = entries.get(entry.address);
  if (earlier === undefined) {
    entries.set(entry.address, entry);
    return undefined;
  }
  // An action that two files of a package export is still one action.
  if (earlier.action === entry.action) return undefined;
  const { address, file, exportName } = entry;
  return {
    file,
    exportName,
    reason: `The address ${address} of the export "${exportName}" is already taken by "${earlier.exportName}" in ${toSourcePosition(earlier)}.`,
  };
}
