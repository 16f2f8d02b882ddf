/** One process owns a data folder. The operating system frees the lock when that process ends, however it ends. */
import { Database } from "bun:sqlite";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makePrivateDatabase, makePrivateFile } from "./private.ts";
import { FolderHeldError, StoreError } from "../../store-error.ts";

/**
 * Takes the folder for this process.
 *
 * The lock is an exclusive transaction on a database of its own, kept open: SQLite holds it as an operating-system
 * file lock (https://sqlite.org/lockingv3.html), which no dead process can leave behind. The number of the process is
 * in a plain file beside it, for the message and for people.
 *
 * @throws {StoreError} when another process holds it, naming that process
 */
export function lockFolder(folder: string): Disposable {
  const pidFile = join(folder, "actiond.pid");
  let database: Database | undefined;
  try {
    const lockFile = join(folder, "actiond.lock");
    makePrivateDatabase(lockFile);
    database = new Database(lockFile, { create: true });
    database.run("PRAGMA journal_mode = DELETE");
    database.run("BEGIN EXCLUSIVE");
    makePrivateFile(pidFile, `${process.pid}\n`);
  } catch (error) {
    database?.close();
    if ((error as { code?: unknown }).code !== "SQLITE_BUSY")
      throw new StoreError(
        `The data folder ${folder} cannot be written: ${(error as Error).message}. Name another with --data.`,
        { cause: error },
      );
    throw new FolderHeldError(
      `The data folder ${folder} is held by another actiond, ${holder(pidFile)}. Stop that one, or name another folder with --data.`,
      { cause: error },
    );
  }
  return {
    [Symbol.dispose]() {
      database.run("ROLLBACK");
      database.close();
    },
  };
}

function holder(pidFile: string): string {
  try {
    return `process ${readFileSync(pidFile, "utf8").trim()}`;
  } catch {
    return "whose process number is not known";
  }
}
