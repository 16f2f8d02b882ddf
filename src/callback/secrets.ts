/** Reads the secrets that callbacks are signed with: those of `--callback-secret`, then those of the files. */
import { readSecretFile } from "../secret-file.ts";

/** @throws {UsageError} when a file cannot be read */
export function readCallbackSecrets({
  callbackSecrets,
  callbackSecretFiles,
}: {
  /** `whsec_…` */
  readonly callbackSecrets: readonly string[];
  /** Absolute paths. */
  readonly callbackSecretFiles: readonly string[];
}): string[] {
  const texts = callbackSecretFiles.map((file) =>
    readSecretFile("the callback secrets", file),
  );
  const lines = texts.flatMap((text) => text.split(/\s+/));
  return [...callbackSecrets, ...lines.filter((line) => line !== "")];
}
