/** The schema of a database, brought to the version this program was written for. Only who owns the folder may. */
import { Database } from "bun:sqlite";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { migrate } from "drizzle-orm/bun-sqlite/migrator";
import { withoutTriggers } from "./kept-log/event-triggers.ts";
import { StoreError } from "../store-error.ts";

/**
 * Also lets changes be written ahead, which makes the migrations one write to the disk.
 *
 * @throws {StoreError} when a newer version wrote the database, which is left untouched
 */
export function applyMigrations(database: Database, file: string): void {
  const applied = findNewestApplied(database);
  if (applied === undefined)
    // Only an empty database takes this: pages that become free can be given back to the file system.
    database.run("PRAGMA auto_vacuum = INCREMENTAL");
  else if (applied > newestKnown())
    throw new StoreError(
      `The database ${file} was written by a newer actiond and is left untouched. Start that version, or name another folder with --data.`,
    );
  database.run("PRAGMA journal_mode = WAL");
  if (applied === newestKnown()) return;
  withoutTriggers(database, () => {
    migrate(drizzle({ client: database }), {
      migrationsFolder: migrationsFolder(),
    });
  });
}

/** Whether the database has the schema of this version. */
export function hasNewestSchema(file: string): boolean {
  try {
    using database = new Database(file, { readwrite: true });
    return findNewestApplied(database) === newestKnown();
  } catch {
    // Who opens it to change that says what is wrong.
    return false;
  }
}

/** @returns undefined for a database without a schema */
function findNewestApplied(database: Database): number | undefined {
  const isNew =
    database
      .query("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'")
      .get() === null;
  if (isNew) return undefined;
  const row = database
    .query<{ newest: number | null }, []>(
      "SELECT max(created_at) AS newest FROM __drizzle_migrations",
    )
    .get();
  return row?.newest ?? 0;
}

/** The journal of drizzle-kit has the moment of each, without which all their files would be read. */
function newestKnown(): number {
  const journal = join(migrationsFolder(), "meta", "_journal.json");
  const { entries } = JSON.parse(readFileSync(journal, "utf8")) as {
    entries: { when: number }[];
  };
  return Math.max(...entries.map(({ when }) => when));
}

/** Beside the program in the executable (`bun build --asset ./drizzle`), at the top of the tree in the sources. */
function migrationsFolder(): string {
  const embedded = join(import.meta.dir, "drizzle");
  return existsSync(embedded)
    ? embedded
    : join(import.meta.dir, "..", "..", "..", "drizzle");
}
