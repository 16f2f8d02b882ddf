/** What happened to all runs, in its order. */
import type { Database } from "bun:sqlite";
import { and, asc, eq, inArray, max, min, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { COLUMNS, FACTS } from "../../../event-row.ts";
import { bound, prepareHot, type Row } from "../../hot-statement.ts";
import {
  deliveries,
  deliveryAttempts,
  logEntries,
  progress,
  runEvents,
  runs,
} from "../../schema.ts";
import type { Reads } from "./questions.ts";

/** Writes that are read together: so many, and as long as they have no more text than this, but one in any case. */
const MAX_COUNT = 200;
const MAX_BYTES = 256 * 1024;

export function prepareEventList(
  sqlite: Database,
  db: BunSQLiteDatabase,
): Pick<Reads, "events"> {
  const is = (...facts: readonly number[]) => inArray(runEvents.facts, facts);
  const error = sql`CASE WHEN ${runEvents.facts} & ${sql.raw(String(FACTS.finished))} THEN ${runs.error} END`;
  const columns = {
    seq: runEvents.seq,
    facts: runEvents.facts,
    number: runEvents.number,
    id: runs.id,
    package: runs.package,
    action: runs.action,
    owner: runs.owner,
    requestId: runs.requestId,
    createdAt: runs.createdAt,
    detachedAt: runs.detachedAt,
    finishedAt: runs.finishedAt,
    runMs: runs.runMs,
    status: runs.status,
    error,
    firstSeq: logEntries.firstSeq,
    text: logEntries.text,
    fraction: progress.fraction,
    message: progress.message,
    host: deliveries.host,
    attemptAt: deliveryAttempts.at,
    httpStatus: deliveryAttempts.httpStatus,
    ms: deliveryAttempts.ms,
    attemptError: deliveryAttempts.error,
  } satisfies Record<(typeof COLUMNS)[number], unknown>;
  const hasEntries = and(
    is(FACTS.entries),
    eq(logEntries.run, runEvents.run),
    eq(logEntries.lastSeq, runEvents.number),
  );
  // Those of runs that were deleted are among them: whoever asks goes on after them.
  const sizes = prepareHot(
    sqlite,
    db
      .select({
        seq: runEvents.seq,
        bytes: sql`ifnull(octet_length(${logEntries.text}), 0) + ifnull(octet_length(${error}), 0)`,
      })
      .from(runEvents)
      .leftJoin(runs, eq(runs.numberedId, runEvents.run))
      .leftJoin(logEntries, hasEntries)
      .where(sql`${runEvents.seq} > ${bound("after")}`)
      .orderBy(asc(runEvents.seq))
      .limit(MAX_COUNT),
    ["after"],
  );
  const rows = prepareHot(
    sqlite,
    db
      .select(columns)
      .from(runEvents)
      .innerJoin(runs, eq(runs.numberedId, runEvents.run))
      .leftJoin(logEntries, hasEntries)
      .leftJoin(
        progress,
        and(
          is(FACTS.progress),
          eq(progress.run, runEvents.run),
          // Only the latest is kept.
          eq(progress.at, runEvents.number),
        ),
      )
      .leftJoin(
        deliveries,
        and(is(FACTS.owed, FACTS.attempt), eq(deliveries.runId, runs.id)),
      )
      .leftJoin(
        deliveryAttempts,
        and(
          is(FACTS.attempt),
          eq(deliveryAttempts.runId, runs.id),
          eq(deliveryAttempts.number, runEvents.number),
        ),
      )
      .where(
        sql`${runEvents.seq} > ${bound("after")} AND ${runEvents.seq} <= ${bound("last")}`,
      )
      .orderBy(asc(runEvents.seq)),
    ["after", "last"],
  );
  const ends = prepareHot(
    sqlite,
    db
      .select({ first: min(runEvents.seq), last: max(runEvents.seq) })
      .from(runEvents),
  );
  return {
    events(after) {
      const [oldest = null, newest = null] = ends.rows([])[0] ?? [];
      const isKnown =
        oldest !== null && Number(oldest) <= after && after <= Number(newest);
      if (!isKnown) return undefined;
      const last = findLastOfPage(sizes.rows([after]), after);
      return { last, rows: rows.rows([after, last]) };
    },
  };
}

function findLastOfPage(sizes: readonly Row[], after: number): number {
  let last = after;
  let sum = 0;
  for (const [seq, bytes] of sizes) {
    sum += Number(bytes);
    if (sum > MAX_BYTES && last !== after) break;
    last = Number(seq);
  }
  return last;
}
