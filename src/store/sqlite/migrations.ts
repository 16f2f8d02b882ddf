/** The schema of a database, brought to the version this program was written for. Only who owns the folder may. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { migrate } from "drizzle-orm/bun-sqlite/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { withoutTriggers } from "./kept-log/event-triggers.ts";
import { StoreError } from "../store-error.ts";

/** @throws {StoreError} when a newer version wrote the database, which is left untouched */
export function applyMigrations(database: Database, file: string): void {
  const applied = findNewestApplied(database);
  if (applied === undefined)
    // Only an empty database takes this: pages that become free can be given back to the file system.
    database.run("PRAGMA auto_vacuum = INCREMENTAL");
  else if (applied > newestKnown())
    throw new StoreError(
      `The database ${file} was written by a newer actiond and is left untouched. Start that version, or name another folder with --data.`,
    );
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

function newestKnown(): number {
  const known = readMigrationFiles({ migrationsFolder: migrationsFolder() });
  return Math.max(...known.map(({ folderMillis }) => folderMillis));
}

/** Beside the program in the executable (`bun build --asset ./drizzle`), at the top of the tree in the sources. */
function migrationsFolder(): string {
  const embedded = join(import.meta.dir, "drizzle");
  return existsSync(embedded)
    ? embedded
    : join(import.meta.dir, "..", "..", "..", "drizzle");
}
