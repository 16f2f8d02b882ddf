/** Runs when the program is built: reads source files, which become part of the program as texts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @param path relative to this folder */
function readSource(path: string): string {
  return readFileSync(join(import.meta.dir, path), "utf8").trim();
}

/** Reads a module that is put into one file together with those that it imports. */
export function readModule(path: string): string {
  return readSource(path).replaceAll(/^import [^;]*;\n+/gm, "");
}

/** Reads a module that callers of that file do not know. */
export function readInnerModule(path: string): string {
  return readModule(path).replaceAll(/^export /gm, "");
}

/** Reads a part of a file in Python, without the line that says what it is for. */
export function readPart(path: string): string {
  return readSource(path).replace(/^""".*"""\s*/, "");
}
