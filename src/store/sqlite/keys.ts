/** The SQLite side of keys: for a server, and for people who change them while it runs. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { asc, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/bun-sqlite";
import type { Key, KeyEditor, KeyStore } from "../../access/key.ts";
import { insertKey, revokeKey } from "./key-changes.ts";
import { hasNewestSchema } from "./migrations.ts";
import { bringUpToDate, type Store } from "./open.ts";
import { keys } from "./schema.ts";
import { FolderHeldError, StoreError } from "../store-error.ts";

/** How long a change waits for the server's transactions. */
const BUSY_MS = 5000;
const POLL_MS = 20;

/** @returns the keys of an open database, as its server knows them */
export function createKeyStore({ db, writer }: Store): KeyStore {
  return {
    onChange: (listener) => writer.onChange(listener),
    list: async () => list(db),
    recordUse: (id, at) => writer.write(["recordUse", id, at], undefined),
    add: (key) => writer.write(["addKey", JSON.stringify(key)], true),
    revoke: (nameOrId, at) =>
      writer.write(["revokeKey", nameOrId, at], undefined),
  };
}

/**
 * Opens the keys of a data folder. A server may be using it: only the schema has one owner.
 *
 * @param options.isNew whether the folder is made if it does not exist
 * @param options.waitMs how long to wait for a server, or another editor, that is bringing the database up to date
 * @throws {StoreError} when the folder cannot be used, or is not there, or a server of another version uses it
 */
export function openKeyEditor(
  folder: string,
  { isNew = true, waitMs = BUSY_MS } = {},
): KeyEditor & Disposable {
  const file = join(folder, "actiond.db");
  if (!isNew && !existsSync(file))
    throw new StoreError(
      `There is no database in ${folder}. Name the data folder with --data.`,
    );
  untilUpToDate(folder, file, waitMs);
  const sqlite = open(file);
  const db = drizzle({ client: sqlite });
  return {
    list: async () => list(db),
    add: async (key) => insertKey(db, key),
    revoke: async (nameOrId, at) => revokeKey(db, nameOrId, at),
    [Symbol.dispose]() {
      sqlite.close();
    },
  };
}

function untilUpToDate(folder: string, file: string, waitMs: number): void {
  const lastAt = Date.now() + waitMs;
  while (!hasNewestSchema(file)) {
    try {
      bringUpToDate(folder);
    } catch (error) {
      if (!(error instanceof FolderHeldError) || Date.now() > lastAt)
        throw error;
      Bun.sleepSync(POLL_MS);
    }
  }
}

function open(file: string): Database {
  try {
    const sqlite = new Database(file, { readwrite: true, strict: true });
    sqlite.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    sqlite.run("PRAGMA synchronous = FULL");
    return sqlite;
  } catch (error) {
    throw new StoreError(
      `The database ${file} cannot be opened: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

function list(db: Store["db"]): Key[] {
  return db
    .select()
    .from(keys)
    .orderBy(asc(keys.createdAt), asc(sql`rowid`))
    .all();
}
