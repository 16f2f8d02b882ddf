/** How much of the disk a database takes. */
import { statSync } from "node:fs";
import { join } from "node:path";

/** @returns the bytes of the database of a data folder, with those of its write-ahead log */
export function storeBytes(folder: string): number {
  const files = ["actiond.db", "actiond.db-wal"];
  return files.reduce((sum, name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (found?.size ?? 0);
  }, 0);
}
