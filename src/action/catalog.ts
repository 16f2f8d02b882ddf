/** The catalog: the packages and actions of a folder. */
import { readdirSync, realpathSync } from "node:fs";
import { join, parse } from "node:path";
import { type Action, isAction } from "./action.ts";
import { toAddressWord } from "./address.ts";
import { CatalogError, type CatalogProblem } from "./catalog-error.ts";
import { importFile } from "./import-file.ts";
import {
  ANY_OBJECT,
  type CheckedInput,
  compileInput,
  compileOutput,
  type JsonSchema,
  toJsonSchema,
} from "./schema.ts";
import type { InputError } from "../errors.ts";

/** One action that can be run. */
export interface CatalogEntry {
  readonly package: string;
  readonly name: string;
  /** `{package}/{action}` */
  readonly address: string;
  readonly description: string | undefined;
  readonly action: Action;
  readonly checkInput: (value: unknown) => CheckedInput;
  /** @returns what is wrong with a result; nothing when it is right */
  readonly checkOutput: (value: unknown) => readonly InputError[];
  readonly inputSchema: JsonSchema;
  /** Undefined when the result may be any JSON. */
  readonly outputSchema: JsonSchema | undefined;
  readonly file: string;
}

export interface Catalog {
  find(packageName: string, actionName: string): CatalogEntry | undefined;
  /** In order of address. */
  list(): readonly CatalogEntry[];
}

const IMPORT_TIMEOUT_MS = 10_000;
const ACTION_FILE = /^[^_.].*(?<!\.d|\.test|\.spec)\.[cm]?[jt]sx?$/;

/**
 * Imports every action file of a folder: `greeter.ts`, and every file directly in `greeter/`, is the package `greeter`.
 *
 * @param options.importTimeoutMs how long one file may take, its top-level await included
 * @throws {CatalogError} with everything that is wrong, not only the first
 */
export async function loadCatalog(options: {
  folder: string;
  importTimeoutMs?: number;
}): Promise<Catalog> {
  const { folder, importTimeoutMs = IMPORT_TIMEOUT_MS } = options;
  const entries = new Map<string, CatalogEntry>();
  const problems: CatalogProblem[] = [];
  for (const { file, packageName } of findFiles(folder)) {
    const imported = await importFile(file, importTimeoutMs);
    if (!("exports" in imported)) {
      problems.push(imported);
      continue;
    }
    for (const [name, value] of Object.entries(imported.exports)) {
      const found = toEntry({ file, packageName, name, value });
      if (found === undefined) continue;
      const earlier =
        "reason" in found ? undefined : entries.get(found.address);
      if ("reason" in found) problems.push(found);
      else if (earlier === undefined) entries.set(found.address, found);
      else
        problems.push({
          file,
          exportName: name,
          reason: `the address ${found.address} is taken by ${earlier.file}`,
        });
    }
  }
  if (problems.length > 0) throw CatalogError.of(problems);
  if (entries.size === 0) throw CatalogError.empty(folder);
  const list = [...entries.values()].sort((a, b) =>
    a.address < b.address ? -1 : 1,
  );
  return {
    find: (packageName, actionName) =>
      entries.get(`${packageName}/${actionName}`),
    list: () => list,
  };
}

function findFiles(folder: string): { file: string; packageName: string }[] {
  const found: { file: string; packageName: string }[] = [];
  for (const entry of read(folder)) {
    const path = realpath(join(folder, entry.name));
    if (path === undefined) continue;
    if (ACTION_FILE.test(entry.name) && !isFolder(path))
      found.push({ file: path, packageName: parse(entry.name).name });
    else if (isPackageFolder(entry.name) && isFolder(path))
      for (const { name } of read(path)) {
        const file = realpath(join(path, name));
        if (ACTION_FILE.test(name) && file !== undefined && !isFolder(file))
          found.push({ file, packageName: entry.name });
      }
  }
  return found;
}

function read(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  } catch (error) {
    throw CatalogError.unreadable(folder, error);
  }
}

function isPackageFolder(name: string): boolean {
  return !/^[._]/.test(name) && name !== "node_modules";
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Bun resolves a link once for ever, so that a folder swapped by link would stay the old one: import what it leads to. */
function realpath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** @returns undefined for what is no action and does not look like one: types, constants, helpers */
function toEntry(found: {
  file: string;
  packageName: string;
  name: string;
  value: unknown;
}): CatalogEntry | CatalogProblem | undefined {
  const { file, name: exportName, value } = found;
  if (!isAction(value))
    return looksLikeAction(value)
      ? {
          file,
          exportName,
          reason: `the export ${exportName} looks like an action but was not made by action()`,
        }
      : undefined;
  if (exportName === "default")
    return {
      file,
      exportName,
      reason:
        "a default export has no name: write `export const name = action(…)`",
    };
  try {
    const packageName = toAddressWord(found.packageName);
    const name = toAddressWord(exportName);
    return {
      package: packageName,
      name,
      address: `${packageName}/${name}`,
      description: value.description,
      action: value,
      checkInput: compileInput(value.input),
      checkOutput: compileOutput(value.output),
      inputSchema:
        value.input === undefined ? ANY_OBJECT : toJsonSchema(value.input),
      outputSchema:
        value.output === undefined ? undefined : toJsonSchema(value.output),
      file,
    };
  } catch (error) {
    return { file, exportName, reason: (error as Error).message };
  }
}

function looksLikeAction(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "run" in value &&
    typeof value.run === "function"
  );
}
