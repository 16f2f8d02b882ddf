/**
 * The schema of a database, brought to the version this program was written for: safe when several replicas start at
 * once, and while replicas of the version before serve. Migrations only add; what an older version needs is taken away
 * two releases later.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { StoreError } from "../../store-error.ts";
import type { Ask, Client } from "./client.ts";
import { lockOf } from "../locks.ts";

/** The state of a database's schema. */
export interface SchemaState {
  /** How many migrations it has; 0 for a database without the tables. */
  readonly version: number;
  /** How many this program knows. */
  readonly knownVersion: number;
  /** The oldest program that may use it. */
  readonly minVersion: number;
}

/** How long a migration waits for a table that somebody uses: whoever queues up behind it waits, too. */
const LOCK_TIMEOUT = "3s";

/** @returns what is there, without changing anything */
export async function readSchema(ask: Ask): Promise<SchemaState> {
  const knownVersion = migrations().length;
  const [row] = await ask(`select to_regclass('"actiond".meta') is not null`);
  if (row?.[0] !== true) return { version: 0, knownVersion, minVersion: 0 };
  const [meta] = await ask(
    `select schema_version, min_version from "actiond".meta`,
  );
  const [version, minVersion] = (meta ?? [0, 0]) as [number, number];
  return { version, knownVersion, minVersion };
}

/** @throws {StoreError} when the database is of a version that this program does not understand */
export function refuseNewer({ knownVersion, minVersion }: SchemaState): void {
  if (minVersion > knownVersion)
    throw new StoreError(
      `The database was brought to version ${minVersion} by a newer actiond, and this one understands version ${knownVersion}. Start the newer one.`,
    );
}

/**
 * Applies what is missing, in one transaction.
 *
 * @param client must not give up while a long migration runs
 * @returns the versions before and after
 * @throws {StoreError} as `refuseNewer`; {DatabaseError} when it may not, or a table was not free
 */
export async function migrate(
  client: Pick<Client, "transaction">,
): Promise<{ before: number; after: number }> {
  return await client.transaction(async (ask) => {
    await ask(`select pg_advisory_xact_lock(${lockOf("migration")})`);
    await ask(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    // Who may use a schema need not have the right to make one.
    const [row] = await ask(
      `select exists (select 1 from pg_namespace where nspname = trim(both '"' from '"actiond"'))`,
    );
    if (row?.[0] !== true) await ask(`create schema "actiond"`);
    const state = await readSchema(ask);
    refuseNewer(state);
    const missing = migrations().slice(state.version);
    for (const { sql } of missing) for (const text of sql) await ask(text);
    const after = state.version + missing.length;
    if (missing.length > 0)
      await ask(`update "actiond".meta set schema_version = $1::int4`, [after]);
    return { before: state.version, after };
  });
}

function migrations() {
  return readMigrationFiles({ migrationsFolder: migrationsFolder() });
}

/** Beside the program in the executable (`bun build --asset ./drizzle-pg`), at the top of the tree in the sources. */
function migrationsFolder(): string {
  const embedded = join(import.meta.dir, "drizzle-pg");
  return existsSync(embedded)
    ? embedded
    : join(import.meta.dir, "..", "..", "..", "..", "drizzle-pg");
}
