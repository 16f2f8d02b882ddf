/** Lists of runs, each of which costs what it returns, however many runs there are. */
import type { Database } from "bun:sqlite";
import { desc, eq, getTableColumns, inArray, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { SelectedFields } from "drizzle-orm/sqlite-core";
import type { RunFilter } from "../../../../run/store.ts";
import { bound, prepareHot, type Row } from "../../hot-statement.ts";
import { toSentRow } from "../../large-texts.ts";
import { runs } from "../../schema.ts";
import { prepareFindNewest } from "./newest-runs.ts";
import type { Reads } from "./questions.ts";

/** What a run has of text that callers and actions choose. SQLite knows that without reading it. */
const ERROR_BYTES = sql<number>`ifnull(octet_length(${runs.error}), 0)`;
export const BYTES = sql<number>`octet_length(${runs.input}) + ifnull(octet_length(${runs.result}), 0) + ${ERROR_BYTES}`;
/** In the order of all columns. */
const LEAN = { ...getTableColumns(runs), input: sql`''`, result: sql`NULL` };

export function prepareRunList(
  sqlite: Database,
  db: BunSQLiteDatabase,
): Pick<Reads, "runs" | "unfinished" | "leanRun"> {
  const findNewest = prepareFindNewest(sqlite, db);
  // One value for all ids: a statement that is prepared once has a fixed number of them.
  const isOne = inArray(
    runs.numberedId,
    sql`(SELECT value FROM json_each(${bound("ids")}))`,
  );
  const prepare = (columns: SelectedFields, bytes: SQL) => {
    const list = (selected: SelectedFields) =>
      prepareHot(
        sqlite,
        db
          .select(selected)
          .from(runs)
          .where(isOne)
          .orderBy(desc(runs.numberedId)),
        ["ids"],
      );
    return { newestFirst: list(columns), sizes: list({ bytes }) };
  };
  const whole = prepare(getTableColumns(runs), BYTES);
  const lean = prepare(LEAN, ERROR_BYTES);
  const countFitting = (
    ids: number[],
    maxBytes: number,
    { sizes }: typeof whole,
  ): number => {
    if (maxBytes === Infinity) return ids.length;
    let sum = 0;
    const tooMuch = sizes
      .rows([JSON.stringify(ids)])
      .findIndex(([bytes]) => (sum += Number(bytes)) > maxBytes);
    return tooMuch === -1 ? ids.length : Math.max(tooMuch, 1);
  };
  const leanById = prepareHot(
    sqlite,
    db
      .select(LEAN)
      .from(runs)
      .where(eq(runs.id, bound("id"))),
    ["id"],
  );
  return {
    leanRun: (id) => leanById.rows([id])[0],
    runs(filter: RunFilter) {
      const found = findNewest({ ...filter, limit: filter.limit + 1 });
      const ids = found.slice(0, filter.limit);
      const form = filter.isLean === true ? lean : whole;
      const count = countFitting(ids, filter.maxBytes ?? Infinity, form);
      return {
        rows: form.newestFirst
          .rows([JSON.stringify(ids.slice(0, count))])
          .map(toSentRow),
        hasMore: count < found.length,
      };
    },
    unfinished(): Row[] {
      const ids = findNewest({
        statuses: ["queued", "running"],
        limit: Number.MAX_SAFE_INTEGER,
      });
      return lean.newestFirst.rows([JSON.stringify(ids)]).toReversed();
    },
  };
}
