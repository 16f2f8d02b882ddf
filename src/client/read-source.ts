/** Runs when the program is built: reads a source file, which becomes part of the program as a text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @param path relative to this folder */
export function readSource(path: string): string {
  return readFileSync(join(import.meta.dir, path), "utf8").trim();
}
