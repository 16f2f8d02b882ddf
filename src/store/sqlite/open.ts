/** Opens the database of a data folder: one owner, the latest schema, the durability asked for. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { GroupCommit } from "./group-commit.ts";
import { lockFolder } from "./lock.ts";
import { applyMigrations } from "./migrations.ts";
import { makePrivateDatabase, makePrivateFolder } from "./private.ts";
import { StoreError } from "../store-error.ts";

/** `full`: a reply means the disk has it, also after a power cut. `normal`: also after a crash of the process. */
export type Durability = "full" | "normal";

/** How long opening waits for another process, which is changing keys or making the database. */
const OPEN_BUSY_MS = 2000;
/**
 * How long a transaction waits for one of `actiond keys`, which is one statement long. Meanwhile nothing else happens
 * in this process: whoever holds the database for longer makes it unavailable.
 */
const BUSY_MS = 100;

export interface Store extends Disposable {
  readonly db: BunSQLiteDatabase;
  readonly database: Database;
  readonly commit: GroupCommit;
  /** Path of the database. */
  readonly file: string;
  readonly durability: Durability;
}

/**
 * Opens `folder`, which is created when missing, for this process alone.
 *
 * @throws {StoreError} when another process holds it, it cannot be written, or it is of a newer version
 */
export function openStore(folder: string, durability: Durability): Store {
  makeFolder(folder);
  const lock = lockFolder(folder);
  try {
    const file = join(folder, "actiond.db");
    const database = openDatabase(file, durability);
    const db = drizzle({ client: database });
    const commit = new GroupCommit(database);
    return {
      db,
      database,
      commit,
      file,
      durability,
      [Symbol.dispose]() {
        commit[Symbol.dispose]();
        database.run("PRAGMA wal_checkpoint(TRUNCATE)");
        database.close();
        lock[Symbol.dispose]();
      },
    };
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

function openDatabase(file: string, durability: Durability): Database {
  let database: Database | undefined;
  try {
    makePrivateDatabase(file);
    database = new Database(file, { create: true, strict: true });
    database.run(`PRAGMA busy_timeout = ${OPEN_BUSY_MS}`);
    applyMigrations(database, file);
    database.run("PRAGMA journal_mode = WAL");
    checkIntegrity(database);
    database.run(`PRAGMA synchronous = ${durability.toUpperCase()}`);
    database.run("PRAGMA foreign_keys = ON");
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof StoreError) throw error;
    throw new StoreError(
      `The database ${file} cannot be opened: ${reason(error)}. If the file is damaged, move it away or copy a backup over it.`,
      { cause: error },
    );
  }
}

/**
 * Damage is better met at start than in the middle of a run.
 *
 * Only after the change to write-ahead logging: seen with SQLite 3.54, a check before it left the connection in a read
 * transaction, in which https://sqlite.org/pragma.html#pragma_wal_checkpoint answers "database table is locked".
 */
function checkIntegrity(database: Database): void {
  using check = database.prepare("PRAGMA quick_check(1)");
  const [first] = check.values().flat();
  if (first !== "ok") throw new Error(String(first));
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
