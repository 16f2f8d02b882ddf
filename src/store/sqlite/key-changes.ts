/** How keys are changed, by a server and by people on its data folder. */
import { and, eq, isNull, or } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { Key } from "../../access/key.ts";
import { keys } from "./schema.ts";

/** @returns false when another key has the name */
export function insertKey(db: BunSQLiteDatabase, key: Key): boolean {
  const inserted = db
    .insert(keys)
    .values(key)
    .onConflictDoNothing()
    .returning({ id: keys.id })
    .all();
  return inserted.length === 1;
}

/** @returns the key that was revoked; undefined when no key that is still good has this name or id */
export function revokeKey(
  db: BunSQLiteDatabase,
  nameOrId: string,
  at: number,
): Key | undefined {
  const [row] = db
    .update(keys)
    .set({ revokedAt: at })
    .where(
      and(
        isNull(keys.revokedAt),
        or(eq(keys.name, nameOrId), eq(keys.id, nameOrId)),
      ),
    )
    .returning()
    .all();
  return row;
}
