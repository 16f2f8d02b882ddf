/** The catalog: the packages and actions of a folder. */
import { type ActionFile, findActionFiles } from "./action-files.ts";
import { type CatalogEntry, toEntry } from "./catalog-entry.ts";
import { CatalogError, type CatalogProblem } from "./catalog-error.ts";
import type { Isolation } from "../action/definition.ts";
import { importFile } from "./import-file.ts";
import { toSourcePosition } from "./source-position.ts";

export interface Catalog {
  find(packageName: string, actionName: string): CatalogEntry | undefined;
  /** Lists the entries in the order of their addresses. */
  list(): readonly CatalogEntry[];
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
}): Promise<Catalog> {
  const { folder, importTimeoutMs = IMPORT_TIMEOUT_MS } = options;
  const { isolation = "in-process" } = options;
  const files = findActionFiles(folder);
  // The files are imported at once, so that several that never finish cost only one timeout.
  const found = await Promise.all(
    files.map((file) => loadFile(file, { importTimeoutMs, isolation })),
  );
  const entries = new Map<string, CatalogEntry>();
  const problems: CatalogProblem[] = [];
  for (const item of found.flat()) {
    const problem = "reason" in item ? item : add(entries, item);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) throw CatalogError.of(problems);
  if (entries.size === 0) throw CatalogError.empty(folder);
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
  { file, packageName }: ActionFile,
  options: { importTimeoutMs: number; isolation: Isolation },
): Promise<(CatalogEntry | CatalogProblem)[]> {
  const imported = await importFile(file, options.importTimeoutMs);
  if (!("exports" in imported)) return [imported];
  return Object.entries(imported.exports)
    .map(([name, value]) =>
      toEntry({ file, packageName, name, value, ...options }),
    )
    .filter((found) => found !== undefined);
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
