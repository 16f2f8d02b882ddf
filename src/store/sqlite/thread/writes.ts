/** How the writing thread makes each change. */
import type { Database } from "bun:sqlite";
import { eq } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { bound, prepareHot } from "../hot-statement.ts";
import { keys } from "../schema.ts";
import type { Changes } from "./changes.ts";
import { prepareDeliveryWrites } from "./delivery-writes.ts";
import { prepareLogWrites } from "./log-writes.ts";
import { prepareRetention } from "./retention-writes.ts";
import { prepareRunWrites } from "./run-writes.ts";

export function prepareWrites(
  sqlite: Database,
  db: BunSQLiteDatabase,
): Changes {
  const recordUse = prepareHot(
    sqlite,
    db
      .update(keys)
      .set({ lastUsedAt: bound("at") })
      .where(eq(keys.id, bound("id"))),
    ["id", "at"],
  );
  return {
    ...prepareRunWrites(sqlite, db),
    ...prepareDeliveryWrites(sqlite, db),
    ...prepareRetention(sqlite, db),
    ...prepareLogWrites(sqlite, db),
    recordUse(values) {
      recordUse.run(values);
    },
  };
}
