/** How the writing thread makes each change. */
import type { Database } from "bun:sqlite";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { Changes } from "./changes.ts";
import { prepareDeliveryWrites } from "./delivery-writes.ts";
import { prepareEventWrites } from "./event-writes.ts";
import { prepareKeyWrites } from "./key-writes.ts";
import { prepareLogWrites } from "./log-writes.ts";
import { prepareRetention } from "./retention-writes.ts";
import { prepareRunWrites } from "./run-writes.ts";

export function prepareWrites(
  sqlite: Database,
  db: BunSQLiteDatabase,
): Changes {
  return {
    ...prepareRunWrites(sqlite, db),
    ...prepareDeliveryWrites(sqlite, db),
    ...prepareRetention(sqlite, db),
    ...prepareLogWrites(sqlite, db),
    ...prepareEventWrites(sqlite),
    ...prepareKeyWrites(sqlite, db),
  };
}
