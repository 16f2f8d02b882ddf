/** How the reading thread answers each question. */
import type { Database } from "bun:sqlite";
import { eq, sql, sum } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { bound, prepareHot } from "../../hot-statement.ts";
import { toSentRow } from "../../large-texts.ts";
import { prepareFindRun } from "../../run-row.ts";
import { logEntries, runs } from "../../schema.ts";
import { prepareDeliveryList } from "./delivery-list.ts";
import { prepareEventList } from "./event-list.ts";
import type { Reads } from "./questions.ts";
import { BYTES, prepareRunList } from "./run-list.ts";

export function prepareReads(sqlite: Database, db: BunSQLiteDatabase): Reads {
  const find = prepareFindRun(sqlite, db);
  const piece = prepareHot(
    sqlite,
    db
      .select({
        // A text is cut by its characters, and bytes by themselves.
        bytes: sql`substr(CAST(${runs.result} AS BLOB), ${bound("from")}, ${bound("byteCount")})`,
      })
      .from(runs)
      .where(eq(runs.id, bound("id"))),
    ["id", "from", "byteCount"],
  );
  return {
    usage() {
      const ofRuns = db
        .select({ owner: runs.owner, bytes: sum(BYTES) })
        .from(runs)
        .groupBy(runs.owner)
        .all();
      const ofLogs = db
        .select({
          owner: runs.owner,
          bytes: sum(sql`octet_length(${logEntries.text})`),
        })
        .from(logEntries)
        .innerJoin(runs, eq(runs.numberedId, logEntries.run))
        .groupBy(runs.owner)
        .all();
      const usage = new Map<string, number>();
      for (const { owner, bytes } of [...ofRuns, ...ofLogs])
        usage.set(owner, (usage.get(owner) ?? 0) + Number(bytes));
      return [...usage];
    },
    run: (id) => find.rows([id]).map(toSentRow)[0],
    result: ({ id, from, byteCount }) =>
      (piece.rows([id, from + 1, byteCount])[0]?.[0] as unknown as
        Uint8Array | null | undefined) ?? new Uint8Array(),
    ...prepareRunList(sqlite, db),
    ...prepareDeliveryList(db),
    ...prepareEventList(sqlite, db),
    quickCheck: () => String(sqlite.query("PRAGMA quick_check(1)").values()[0]),
  };
}
