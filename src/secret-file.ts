/** Reads a file that an option names: a key, a secret or a certificate. */
import { readFileSync } from "node:fs";
import { UsageError } from "./errors.ts";

/**
 * @param what the file should hold, such as "the API key"
 * @throws {UsageError} when the file cannot be read; the message names it
 */
export function readSecretFile(what: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `The file with ${what} cannot be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}
