/** Finds out which database is meant: that of `--database-url`, or of the file that `--database-url-file` names. */
import { UsageError } from "../errors.ts";
import { readSecretFile } from "../secret-file.ts";

interface Given {
  readonly databaseUrl: string | undefined;
  readonly databaseUrlFile: string | undefined;
}

/**
 * @returns undefined when neither is given
 * @throws {UsageError} both are given, or the file cannot be read; the message does not contain the URL
 */
export function findDatabaseUrl({
  databaseUrl,
  databaseUrlFile,
}: Given): string | undefined {
  if (databaseUrlFile === undefined) return databaseUrl;
  if (databaseUrl !== undefined)
    throw new UsageError(
      "--database-url and --database-url-file are both given. Give only one of them.",
    );
  return readSecretFile("the URL of the database", databaseUrlFile).trim();
}

/** @throws {UsageError} as `findDatabaseUrl`, and when neither is given */
export function getDatabaseUrl(given: Given): string {
  const url = findDatabaseUrl(given);
  if (url !== undefined) return url;
  throw new UsageError(
    "Name the database with --database-url or --database-url-file.",
  );
}
