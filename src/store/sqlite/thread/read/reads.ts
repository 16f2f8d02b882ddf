/** How the reading thread answers each question. */
import type { Database } from "bun:sqlite";
import { sum } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { prepareFindRun } from "../../run-row.ts";
import { runs } from "../../schema.ts";
import { prepareDeliveryList } from "./delivery-list.ts";
import { prepareEventList } from "./event-list.ts";
import type { Reads } from "./questions.ts";
import { BYTES, prepareRunList } from "./run-list.ts";

export function prepareReads(sqlite: Database, db: BunSQLiteDatabase): Reads {
  const find = prepareFindRun(sqlite, db);
  return {
    usage: () =>
      db
        .select({ owner: runs.owner, bytes: sum(BYTES) })
        .from(runs)
        .groupBy(runs.owner)
        .all()
        .map(({ owner, bytes }) => [owner, Number(bytes)] as const),
    run: (id) => find.rows([id])[0],
    ...prepareRunList(sqlite, db),
    ...prepareDeliveryList(db),
    ...prepareEventList(sqlite, db),
    quickCheck: () => String(sqlite.query("PRAGMA quick_check(1)").values()[0]),
  };
}
