/** The changes of the attempts at deliveries. */
import type { Database } from "bun:sqlite";
import { and, eq, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { bound, prepareHot, type Value } from "../../hot-statement.ts";
import { deliveryAttempts } from "../../schema.ts";

/** The error of an attempt that the process did not outlive. */
const NO_END = "The server stopped before this attempt had an end.";

export function prepareAttempts(sqlite: Database, db: BunSQLiteDatabase) {
  const isThis = and(
    eq(deliveryAttempts.runId, bound("runId")),
    eq(deliveryAttempts.number, bound("number")),
  );
  const insert = prepareHot(
    sqlite,
    db
      .insert(deliveryAttempts)
      .values({
        runId: bound("runId"),
        number: sql`(SELECT count(*) + 1 FROM ${deliveryAttempts} WHERE ${deliveryAttempts.runId} = ${bound("runId")})`,
        at: bound("at"),
        httpStatus: null,
        ms: 0,
        error: bound("error"),
      })
      .returning({ number: deliveryAttempts.number }),
    ["runId", "at", "error"],
  );
  return {
    begin: (runId: Value, at: Value) =>
      Number(insert.rows([runId, at, NO_END])[0]?.[0]),
    end: prepareHot(
      sqlite,
      db
        .update(deliveryAttempts)
        .set({
          httpStatus: bound("httpStatus"),
          ms: bound("ms"),
          error: bound("error"),
        })
        .where(isThis),
      ["runId", "number", "httpStatus", "ms", "error"],
    ),
    forget: prepareHot(sqlite, db.delete(deliveryAttempts).where(isThis), [
      "runId",
      "number",
    ]),
  };
}
