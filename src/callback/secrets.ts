/** Reads the secrets that callbacks are signed with: those of `--callback-secret`, then those of the files. */
import { readFileSync } from "node:fs";
import { UsageError } from "../errors.ts";

/** @throws {UsageError} a file cannot be read */
export function readCallbackSecrets({
  callbackSecrets,
  callbackSecretFiles,
}: {
  /** `whsec_…` */
  readonly callbackSecrets: readonly string[];
  /** Absolute paths. */
  readonly callbackSecretFiles: readonly string[];
}): string[] {
  const lines = callbackSecretFiles.flatMap(readLines);
  return [...callbackSecrets, ...lines];
}

function readLines(file: string): string[] {
  try {
    const text = readFileSync(file, "utf8");
    return text.split(/\s+/).filter((line) => line !== "");
  } catch (error) {
    throw new UsageError(
      `The file of callback secrets cannot be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}
