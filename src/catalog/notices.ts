/** Finds files that hold no action although it seems that they should. */
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ACTION_FILE } from "./action-files.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogProblem } from "./catalog-error.ts";

/** An action file after its import, with what its exports are. */
export interface LoadedFile {
  readonly file: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly found: readonly (CatalogEntry | CatalogProblem)[];
}

const SDK_IMPORT = /\b(?:from|require\()\s*["']actiond["']/;

/**
 * @param files.imported the files that other files import: these are helpers
 * @returns a sentence for each file without an action, and for each folder that is too deep to be read
 */
export function findNotices(
  folder: string,
  files: {
    loaded: readonly LoadedFile[];
    imported: ReadonlySet<string>;
  },
): string[] {
  const { loaded, imported } = files;
  const empty = loaded
    .filter(({ file, found }) => found.length === 0 && !imported.has(file))
    .map(toNotice);
  const deep = listFolders(folder)
    .flatMap(listFolders)
    .flatMap(listDeepFiles)
    .filter((file) => isLikeAction(file, imported))
    .map(
      (file) =>
        `${file} is in a folder that is too deep, so its actions are not served: actiond reads ${folder} and the folders directly in it. Move the file up to ${join(folder, relative(folder, file).split("/")[0] ?? "")}.`,
    );
  return [...empty, ...deep];
}

function toNotice({ file, exports }: LoadedFile): string {
  const text = readText(file);
  if (/\baction\s*\(/.test(text) && SDK_IMPORT.test(text))
    return `${file} exports no action, although it calls action(). Did you forget "export" in front of "const"?`;
  const [name] = Object.entries(exports).find(
    ([, value]) => typeof value === "function",
  ) ?? [undefined];
  if (name !== undefined && name !== "default")
    return `${file} exports the function "${name}", which is not an action. Write \`export const ${name} = action({ run: … })\`, or begin the name of the file with "_" if it is a helper.`;
  return `${file} exports no action. Begin its name with "_" if it is a helper: ${join(dirname(file), `_${basename(file)}`)}.`;
}

function isLikeAction(file: string, imported: ReadonlySet<string>): boolean {
  return (
    ACTION_FILE.test(basename(file)) &&
    !imported.has(realpathSync(file)) &&
    SDK_IMPORT.test(readText(file))
  );
}

function listDeepFiles(folder: string): string[] {
  return [
    ...listNames(folder)
      .map((name) => join(folder, name))
      .filter((path) => isKind(path, "isFile")),
    ...listFolders(folder).flatMap(listDeepFiles),
  ];
}

function listFolders(folder: string): string[] {
  return listNames(folder)
    .filter((name) => !/^[_.]/.test(name) && name !== "node_modules")
    .map((name) => join(folder, name))
    .filter((path) => isKind(path, "isDirectory"));
}

function isKind(path: string, kind: "isFile" | "isDirectory"): boolean {
  return statSync(path, { throwIfNoEntry: false })?.[kind]() === true;
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
