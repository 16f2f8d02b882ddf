/** Retention: finished runs are deleted when they are old or too many, in steps too small to be noticed. */
import { max } from "drizzle-orm";
import type { SweepOptions } from "../../sweeping.ts";
import type { Store } from "../open.ts";
import { runs } from "../schema.ts";
import type { Dropped } from "../thread/write/changes.ts";

/**
 * Deletes what need not be kept any more and gives the space back. What is not finished, or owes a callback, stays.
 *
 * @param options.signal ends it between two steps
 * @returns how many runs were deleted
 */
export async function sweep(
  { db, writer }: Pick<Store, "db" | "writer">,
  options: SweepOptions,
): Promise<number> {
  const { keepRunsMs, keepCount, now, signal } = options;
  const { onDropped = () => undefined } = options;
  const newest = db
    .select({ id: max(runs.numberedId) })
    .from(runs)
    .get()?.id;
  // JSON has no Infinity.
  const oldest = Math.max(now - keepRunsMs, 0);
  const lastToDrop = Math.max((newest ?? 0) - keepCount, 0);
  let deletedCount = 0;
  let after: number | null = 0;
  while (after !== null && !signal.aborted) {
    const step: Dropped = await writer.write(
      ["drop", after, oldest, lastToDrop],
      { deletedCount: 0, withArtifacts: [], last: null },
    );
    deletedCount += step.deletedCount;
    if (step.withArtifacts.length > 0) onDropped(step.withArtifacts);
    after = step.last;
  }
  if (deletedCount > 0) await giveBack(writer, signal);
  return deletedCount;
}

/** Gives free pages back to the file system; one large run leaves thousands. */
async function giveBack(
  writer: Store["writer"],
  signal: AbortSignal,
): Promise<void> {
  let before = Infinity;
  let free = await writer.write(["vacuum"], 0);
  while (free > 0 && free < before && !signal.aborted) {
    before = free;
    free = await writer.write(["vacuum"], 0);
  }
}
