/** Opens the database of a data folder: one owner, the latest schema, and a thread that writes. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { Insertions } from "./insertions.ts";
import { lockFolder } from "./folder/lock.ts";
import { applyMigrations } from "./migrations.ts";
import { makePrivateDatabase, makePrivateFolder } from "./folder/private.ts";
import { Reader } from "./reader.ts";
import { StoreError } from "../store-error.ts";
import type { Durability } from "./thread/messages.ts";
import { Writer } from "./writer.ts";

/** How long opening waits for another process, which is changing keys or making the database. */
const OPEN_BUSY_MS = 2000;

export interface Store extends AsyncDisposable {
  /** The path of the database. */
  readonly file: string;
  /** Looks things up on the event loop: what one step in an index finds. It cannot write. */
  readonly sqlite: Database;
  readonly db: BunSQLiteDatabase;
  /** Answers what takes longer, on a thread of its own. */
  readonly reader: Reader;
  /** Makes every change, on another. */
  readonly writer: Writer;
  readonly insertions: Insertions;
  /** Opens another thread that answers, for what takes long. Whoever asks for it closes it. */
  openReader(): Reader;
  /** Resolves with the reason when no change can be made any more: see `Writer`. */
  readonly died: Promise<string>;
  readonly isClosed: boolean;
  /** Ends at once, as a crash would: what has not been answered may be lost. */
  abandon(): void;
}

/**
 * Opens `folder`, which is created when missing, for this process alone.
 *
 * @param options.thread URL of `thread/thread.ts`: only the program's first file can name it in the executable too
 * @throws {StoreError} when another process holds it, it cannot be written, or it is of a newer version
 */
export function openStore(
  folder: string,
  options: { durability: Durability; thread: string },
): Store {
  const { file, sqlite, lock } = takeFolder(folder);
  sqlite.run("PRAGMA query_only = ON");
  const openReader = () => new Reader({ ...options, file });
  const reader = openReader();
  const writer = new Writer({ ...options, file });
  let isClosed = false;
  return {
    file,
    sqlite,
    db: drizzle({ client: sqlite }),
    reader,
    writer,
    insertions: new Insertions(writer),
    openReader,
    died: writer.died,
    get isClosed() {
      return isClosed;
    },
    abandon() {
      isClosed = true;
      reader.terminate();
      writer.terminate();
      sqlite.close();
      lock[Symbol.dispose]();
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      // Before the threads: the last connection to be closed copies the log, which is not for the event loop to do.
      sqlite.close();
      await Promise.all([
        reader[Symbol.asyncDispose](),
        writer[Symbol.asyncDispose](),
      ]);
      lock[Symbol.dispose]();
    },
  };
}

/** Makes the folder's database, or brings it to the latest schema. @throws {StoreError} as `openStore` */
export function bringUpToDate(folder: string): void {
  const { sqlite, lock } = takeFolder(folder);
  // Nothing is left beside the database.
  sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite.close();
  lock[Symbol.dispose]();
}

function takeFolder(folder: string): {
  file: string;
  sqlite: Database;
  lock: Disposable;
} {
  makeFolder(folder);
  const lock = lockFolder(folder);
  try {
    const file = join(folder, "actiond.db");
    return { file, sqlite: openDatabase(file), lock };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function makeFolder(folder: string): void {
  try {
    makePrivateFolder(folder);
  } catch (error) {
    throw new StoreError(
      `The data folder ${folder} cannot be made: ${reason(error)}. Name another with --data.`,
      { cause: error },
    );
  }
}

function openDatabase(file: string): Database {
  let sqlite: Database | undefined;
  try {
    makePrivateDatabase(file);
    sqlite = new Database(file, { create: true, strict: true });
    sqlite.run(`PRAGMA busy_timeout = ${OPEN_BUSY_MS}`);
    // A new database is complete or empty after a power cut, and the first commit of the writer makes it last.
    sqlite.run("PRAGMA synchronous = NORMAL");
    applyMigrations(sqlite, file);
    return sqlite;
  } catch (error) {
    sqlite?.close();
    if (error instanceof StoreError) throw error;
    throw new StoreError(
      `The database ${file} cannot be opened: ${reason(error)}. If the file is damaged, move it away or copy a backup over it.`,
      { cause: error },
    );
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
