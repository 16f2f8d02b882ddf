/** The SQLite side of `LogStore`. */
import { and, asc, eq, gt } from "drizzle-orm";
import type { LogStore } from "../../../run/kept-log/log-store.ts";
import { bound, prepareHot } from "../hot-statement.ts";
import type { Store } from "../open.ts";
import { logEntries, progress, runs } from "../schema.ts";

/** @returns the log store of an open database */
export function createLogStore({
  sqlite,
  db,
  writer,
  insertions,
}: Store): LogStore {
  const isOfRun = eq(runs.id, bound("id"));
  const findAfter = prepareHot(
    sqlite,
    db
      .select({
        firstSeq: logEntries.firstSeq,
        lastSeq: logEntries.lastSeq,
        text: logEntries.text,
      })
      .from(logEntries)
      .innerJoin(runs, eq(logEntries.run, runs.numberedId))
      .where(and(isOfRun, gt(logEntries.lastSeq, bound("seq"))))
      .orderBy(asc(logEntries.lastSeq))
      .limit(1),
    ["id", "seq"],
  );
  const findProgress = prepareHot(
    sqlite,
    db
      .select({
        at: progress.at,
        fraction: progress.fraction,
        message: progress.message,
      })
      .from(progress)
      .innerJoin(runs, eq(progress.run, runs.numberedId))
      .where(isOfRun),
    ["id"],
  );
  return {
    append(id, { text, count, bytes }) {
      insertions.keepApart(id);
      return writer.write(["appendLog", id, text, count, bytes], undefined);
    },
    setProgress(id, { at, fraction, message }) {
      insertions.keepApart(id);
      return writer.write(
        ["setProgress", id, at, fraction, message],
        undefined,
      );
    },
    async findProgress(id) {
      const [row] = findProgress.rows([id]);
      if (row === undefined) return undefined;
      const [at, fraction, message] = row as [number, number, string | null];
      return { at, fraction, message };
    },
    async findAfter(id, seq) {
      const [row] = findAfter.rows([id, seq]);
      if (row === undefined) return undefined;
      const [firstSeq, lastSeq, text] = row as [number, number, string];
      return { firstSeq, lastSeq, text };
    },
  };
}
