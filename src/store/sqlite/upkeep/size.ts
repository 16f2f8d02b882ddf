/** How much of the disk a database takes. */
import { statSync } from "node:fs";
import type { Store } from "../open.ts";

export interface StoreSizes {
  readonly databaseBytes: number;
  /** The length of the log's file, which is not shortened when the log begins anew. */
  readonly logBytes: number;
  /** Pages of the log that are in use. */
  readonly logPages: number;
}

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
    logPages,
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
