/** The changes of keys. */
import type { Database } from "bun:sqlite";
import { eq } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { Key } from "../../../../access/key.ts";
import { bound, prepareHot } from "../../hot-statement.ts";
import { insertKey, revokeKey } from "../../key-changes.ts";
import { keys } from "../../schema.ts";
import type { Changes } from "./changes.ts";

export function prepareKeyWrites(
  sqlite: Database,
  db: BunSQLiteDatabase,
): Pick<Changes, "recordUse" | "addKey" | "revokeKey"> {
  const recordUse = prepareHot(
    sqlite,
    db
      .update(keys)
      .set({ lastUsedAt: bound("at") })
      .where(eq(keys.id, bound("id"))),
    ["id", "at"],
  );
  return {
    recordUse(values) {
      recordUse.run(values);
    },
    // As JSON, which is what travels: this happens too rarely to be worth more.
    addKey: ([key]) => insertKey(db, JSON.parse(key as string) as Key),
    revokeKey: ([nameOrId, at]) =>
      revokeKey(db, nameOrId as string, at as number),
  };
}
