/** How much of the disk a database takes. */
import { statSync } from "node:fs";
import type { StoreSizes } from "../../storage.ts";
import type { Store } from "../open.ts";

export function measureStore({
  file,
  sqlite,
}: Pick<Store, "file" | "sqlite">): StoreSizes {
  // Does nothing but look: https://sqlite.org/pragma.html#pragma_wal_checkpoint
  const [row] = sqlite.query("PRAGMA wal_checkpoint(NOOP)").values();
  const [, logPages = 0] = (row ?? []) as number[];
  return {
    databaseBytes: sizeOf(file),
    logBytes: sizeOf(`${file}-wal`),
    // It is -1 where the database has no log, as a backup has none.
    logPages: Math.max(0, logPages),
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
