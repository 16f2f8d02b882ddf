/** The secrets that callbacks are signed with: those of `--callback-secret`, then those of the files. */
import { readFileSync } from "node:fs";
import { type ServeConfig, UsageError } from "../config.ts";

/** @throws {UsageError} a file cannot be read */
export function readCallbackSecrets({
  callbackSecrets,
  callbackSecretFiles,
}: Pick<ServeConfig, "callbackSecrets" | "callbackSecretFiles">): string[] {
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
