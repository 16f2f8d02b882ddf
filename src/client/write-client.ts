/** Writes a typed client into a file. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { OperatorError } from "../errors.ts";
import type { DescribedAction } from "./described-action.ts";
import { writePython } from "./python.ts";
import { writeTypeScript } from "./typescript.ts";

export const LANGUAGES = ["typescript", "python"] as const;
export type Language = (typeof LANGUAGES)[number];

const WRITERS = { typescript: writeTypeScript, python: writePython };
/** By this the program knows that it may write over a file. */
const WRITTEN = /^(?:\/\/|#) Written by actiond /;

/** @throws {OperatorError} the file is somebody else's, or cannot be written */
export function writeClient(
  file: string,
  actions: readonly DescribedAction[],
  { language, version }: { language: Language; version: string },
): void {
  const text = WRITERS[language](actions, version);
  try {
    if (existsSync(file) && !WRITTEN.test(readFileSync(file, "utf8")))
      throw new OperatorError(
        `${file} was not written by actiond, and is not replaced. Name another file with --out.`,
      );
    writeFileSync(file, text);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(
      `${file} cannot be written: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
