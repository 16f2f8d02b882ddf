/** Retention: finished runs are deleted when they are old or too many, in steps too small to be noticed. */
import { and, asc, gt, inArray, lt, lte, max, or, type SQL } from "drizzle-orm";
import type { Store } from "./open.ts";
import { isDeletable } from "./runs.ts";
import { runs } from "./schema.ts";

export interface Retention {
  /** Runs are kept this long after their end; Infinity for ever. */
  readonly keepRunsMs: number;
  /** And at most so many of all runs; Infinity as many as there are. */
  readonly keepCount: number;
}

/** Runs looked at in one transaction: less than a millisecond of work. */
const BATCH = 25;
/** Free pages given back to the file system in one transaction: less than a millisecond of work, too. */
const VACUUM_PAGES = 50;

/**
 * Deletes what need not be kept any more and gives the space back. What is not finished, or owes a callback, stays.
 *
 * @param options.signal ends it between two steps
 * @returns how many runs were deleted
 */
export async function sweep(
  store: Store,
  options: Retention & { now: number; signal: AbortSignal },
): Promise<number> {
  const oldest = options.now - options.keepRunsMs;
  const newest =
    store.db
      .select({ id: max(runs.numberedId) })
      .from(runs)
      .get()?.id ?? 0;
  const lastToDrop = newest - options.keepCount;
  let deletedCount = 0;
  let after = 0;
  while (!options.signal.aborted) {
    const batch = store.db
      .select({ numberedId: runs.numberedId, createdAt: runs.createdAt })
      .from(runs)
      .where(gt(runs.numberedId, after))
      .orderBy(asc(runs.numberedId))
      .limit(BATCH)
      .all();
    const last = batch.at(-1);
    if (last === undefined) break;
    after = last.numberedId;
    const dropped = batch.filter(
      ({ numberedId, createdAt }) =>
        createdAt < oldest || numberedId <= lastToDrop,
    );
    if (dropped.length === 0) break;
    deletedCount += await drop(
      store,
      dropped.map(({ numberedId }) => numberedId),
      or(lt(runs.finishedAt, oldest), lte(runs.numberedId, lastToDrop)),
    );
  }
  if (deletedCount > 0) await giveBack(store, options.signal);
  return deletedCount;
}

function drop(
  { db, commit }: Store,
  ids: number[],
  isOld: SQL | undefined,
): Promise<number> {
  return commit.write(
    () =>
      db
        .delete(runs)
        .where(and(inArray(runs.numberedId, ids), isDeletable, isOld))
        .returning({ id: runs.id })
        .all().length,
  );
}

/** Gives free pages back to the file system; one large run leaves thousands. */
async function giveBack(
  { database, commit }: Store,
  signal: AbortSignal,
): Promise<void> {
  const countFree = () =>
    Number(database.query("PRAGMA freelist_count").values()[0]?.[0]);
  let before = Infinity;
  for (let free = countFree(); free > 0 && free < before; free = countFree()) {
    if (signal.aborted) return;
    before = free;
    await commit.write(() =>
      database.run(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`),
    );
  }
}
