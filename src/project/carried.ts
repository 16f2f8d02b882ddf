/** Folders that the executable carries. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** @returns a folder beside the program in the executable (`bun build --asset ./dist/NAME`), or in `dist` in the sources */
export function findCarried(name: "sdk" | "server"): string {
  const embedded = join(import.meta.dir, name);
  if (existsSync(embedded)) return embedded;
  return join(import.meta.dir, "..", "..", "dist", name);
}
