/** Finds the files of a folder that may hold actions. */
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, parse } from "node:path";
import { CatalogError } from "./catalog-error.ts";

export interface ActionFile {
  /** The absolute path, with links resolved. */
  readonly file: string;
  /** The name of the file without its extension, or of the folder it is in. */
  readonly packageName: string;
}

/** The names of files that may hold actions. */
export const ACTION_FILE =
  /^[^_.].*(?<!\.d|\.test|\.spec)\.(?:tsx?|[cm]ts|[cm]?js)$/;

/** @throws {CatalogError} the folder is missing or cannot be read */
export function findActionFiles(folder: string): ActionFile[] {
  return read(folder).flatMap(({ name, path, isFolder }) => {
    if (!isFolder) return toActionFile(path, name, parse(name).name);
    if (/^[_.]/.test(name) || name === "node_modules") return [];
    return read(path).flatMap((inner) =>
      inner.isFolder ? [] : toActionFile(inner.path, inner.name, name),
    );
  });
}

function toActionFile(
  path: string,
  name: string,
  packageName: string,
): ActionFile[] {
  if (!ACTION_FILE.test(name)) return [];
  // Bun remembers where a link led when it was first resolved. If files are swapped by link, as in a Kubernetes ConfigMap,
  // it would go on importing the old file.
  return [{ file: followLink(path), packageName }];
}

/** A broken link is not resolved, so that the error of its import names the link. */
function followLink(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function read(
  folder: string,
): { name: string; path: string; isFolder: boolean }[] {
  try {
    return readdirSync(folder)
      .toSorted()
      .map((name) => {
        const path = join(folder, name);
        const status = statSync(path, { throwIfNoEntry: false });
        return { name, path, isFolder: status?.isDirectory() === true };
      });
  } catch (error) {
    throw CatalogError.unreadable(folder, error);
  }
}
