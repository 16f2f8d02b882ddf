/** The changes of what runs have logged. Those of a run that is not there change nothing. */
import type { Database } from "bun:sqlite";
import { eq, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { bound, prepareHot } from "../../hot-statement.ts";
import { logEntries, progress, runs } from "../../schema.ts";
import type { Changes } from "./changes.ts";

export function prepareLogWrites(
  sqlite: Database,
  db: BunSQLiteDatabase,
): Pick<Changes, "appendLog" | "setProgress"> {
  const findRun = prepareHot(
    sqlite,
    db
      .select({ run: runs.numberedId })
      .from(runs)
      .where(eq(runs.id, bound("id"))),
    ["id"],
  );
  const findLast = prepareHot(
    sqlite,
    db
      .select({ seq: logEntries.lastSeq, bytes: logEntries.bytes })
      .from(logEntries)
      .where(eq(logEntries.run, bound("run")))
      .orderBy(sql`${logEntries.lastSeq} DESC`)
      .limit(1),
    ["run"],
  );
  const insert = prepareHot(
    sqlite,
    db.insert(logEntries).values({
      run: bound("run"),
      firstSeq: bound("firstSeq"),
      lastSeq: bound("lastSeq"),
      bytes: bound("bytes"),
      text: bound("text"),
    }),
    ["run", "firstSeq", "lastSeq", "bytes", "text"],
  );
  const setProgress = prepareHot(
    sqlite,
    db
      .insert(progress)
      .values({
        run: bound("run"),
        at: bound("at"),
        fraction: bound("fraction"),
        message: bound("message"),
      })
      .onConflictDoUpdate({
        target: progress.run,
        set: {
          at: sql`excluded.at`,
          fraction: sql`excluded.fraction`,
          message: sql`excluded.message`,
        },
      }),
    ["run", "at", "fraction", "message"],
  );
  return {
    appendLog([id = null, text = null, count, more]) {
      const [run = null] = findRun.rows([id])[0] ?? [];
      if (run === null) return undefined;
      const [seq = 0, before = 0] = findLast.rows([run])[0] ?? [];
      const firstSeq = Number(seq) + 1;
      const lastSeq = Number(seq) + Number(count);
      const bytes = Number(before) + Number(more);
      insert.run([run, firstSeq, lastSeq, bytes, text]);
      return { lastSeq, bytes };
    },
    setProgress([id = null, ...values]) {
      const [run = null] = findRun.rows([id])[0] ?? [];
      if (run !== null) setProgress.run([run, ...values]);
    },
  };
}
