/** The steps in which old runs are deleted and their space is given back: each too small to be noticed. */
import type { Database } from "bun:sqlite";
import { and, asc, gt, inArray, lt, lte, or } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { runs } from "../../schema.ts";
import { isDeletable } from "./run-writes.ts";
import type { Changes } from "./changes.ts";

/** Runs looked at in one step: less than a millisecond of work. */
const BATCH = 25;
/** Free pages given back to the file system in one step: less than a millisecond of work, too. */
const VACUUM_PAGES = 50;

export function prepareRetention(
  sqlite: Database,
  db: BunSQLiteDatabase,
): Pick<Changes, "drop" | "vacuum"> {
  return {
    drop(values) {
      const [after, oldest, lastToDrop] = values.map(Number) as [
        number,
        number,
        number,
      ];
      const old = db
        .select({ numberedId: runs.numberedId, createdAt: runs.createdAt })
        .from(runs)
        .where(gt(runs.numberedId, after))
        .orderBy(asc(runs.numberedId))
        .limit(BATCH)
        .all()
        .filter(
          ({ numberedId, createdAt }) =>
            createdAt < oldest || numberedId <= lastToDrop,
        )
        .map(({ numberedId }) => numberedId);
      const last = old.at(-1);
      if (last === undefined)
        return { deletedCount: 0, withArtifacts: [], last: null };
      const isOld = or(
        lt(runs.finishedAt, oldest),
        lte(runs.numberedId, lastToDrop),
      );
      const deleted = db
        .delete(runs)
        .where(and(inArray(runs.numberedId, old), isDeletable, isOld))
        .returning({ id: runs.id, hasArtifacts: runs.hasArtifacts })
        .all();
      const withArtifacts = deleted
        .filter(({ hasArtifacts }) => hasArtifacts)
        .map(({ id }) => id);
      return { deletedCount: deleted.length, withArtifacts, last };
    },
    vacuum() {
      sqlite.run(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
      return Number(sqlite.query("PRAGMA freelist_count").values()[0]?.[0]);
    },
  };
}
