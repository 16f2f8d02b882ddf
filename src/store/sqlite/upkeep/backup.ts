/** Copies the database of a data folder, also while a server uses it. */
import { Database } from "bun:sqlite";
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { makePrivateFile } from "../private.ts";
import { StoreError } from "../../store-error.ts";

/**
 * Writes one consistent copy, as of one moment: https://sqlite.org/lang_vacuum.html#vacuuminto
 *
 * @param file must not exist
 * @returns size of the copy in bytes
 * @throws {StoreError} there is no database to copy, or the copy cannot be written
 */
export function backup({ data, file }: { data: string; file: string }): number {
  const source = join(data, "actiond.db");
  if (!existsSync(source))
    throw new StoreError(
      `There is no database in ${data}. Name the data folder with --data.`,
    );
  if (existsSync(file))
    throw new StoreError(`${file} exists already and is left as it is.`);
  try {
    // SQLite takes an empty file for none, and would make one for everybody to read.
    makePrivateFile(file);
    using database = new Database(source, { readwrite: true });
    database.query("VACUUM INTO ?").run(file);
    return statSync(file).size;
  } catch (error) {
    rmSync(file, { force: true });
    throw new StoreError(
      `The copy ${file} cannot be written: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}
