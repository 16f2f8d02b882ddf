/** Where the code of actions comes from: a folder, or this executable. */
import { findActionFiles } from "./action-files.ts";
import { type EmbeddedFile, findEmbedded } from "./embedded.ts";
import { Generation } from "./reload/generation.ts";
import { readSources } from "./reload/sources.ts";

/** Code that can be loaded. Disposing of it closes what it has opened. */
export interface Code extends Disposable {
  readonly version: string;
  readonly files: readonly EmbeddedFile[];
  /** The files that other files import. */
  readonly imported: ReadonlySet<string>;
  /** Undefined for code that is never loaded again. */
  readonly generation: Generation | undefined;
}

/** @throws {CatalogError} the folder is missing or cannot be read */
export function openCode(folder: string): Code {
  const embedded = findEmbedded();
  if (embedded !== undefined)
    return {
      ...embedded,
      imported: new Set(),
      generation: undefined,
      [Symbol.dispose]: () => undefined,
    };
  // Before the import: files that change meanwhile are another version.
  const { version, imported } = readSources(folder);
  const files = findActionFiles(folder);
  const generation = new Generation();
  return {
    version,
    imported,
    generation,
    files: files.map(({ file, packageName }) => ({
      file,
      packageName,
      load: () => generation.import(file),
    })),
    [Symbol.dispose]: () => {
      generation[Symbol.dispose]();
    },
  };
}

/** @returns the version that would be loaded now */
export function readVersion(folder: string): string {
  return findEmbedded()?.version ?? readSources(folder).version;
}
