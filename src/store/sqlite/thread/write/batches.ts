/** Batches: the changes of one turn of the event loop, committed in one transaction. */
import type { Database } from "bun:sqlite";
import { type Failure, toFailure } from "../failure.ts";
import type { Committed, WriterAnswer } from "../messages.ts";
import type { Changes, Write } from "./changes.ts";

type Places<Value> = [place: number, value: Value][];

/**
 * @returns what commits a batch. One `fdatasync` serves all of it. A change that fails is undone by SQLite and answered
 *   alone, the others go on; where the transaction cannot be committed, nothing of the batch is kept
 */
export function prepareBatches(
  sqlite: Database,
  changes: Changes,
): (batch: readonly Write[]) => Exclude<WriterAnswer, string> {
  const begin = sqlite.prepare("BEGIN IMMEDIATE");
  const commit = sqlite.prepare("COMMIT");
  const rollback = sqlite.prepare("ROLLBACK");
  return (batch) => {
    try {
      begin.run();
      const committed = apply(sqlite, changes, batch);
      commit.run();
      return committed;
    } catch (error) {
      if (sqlite.inTransaction) rollback.run();
      return { refused: toFailure(error).reason };
    }
  };
}

function apply(
  sqlite: Database,
  changes: Changes,
  batch: readonly Write[],
): Committed | null {
  const answers: Places<unknown> = [];
  const failures: Places<Failure> = [];
  for (const [place, [name, ...values]] of batch.entries()) {
    try {
      const answer = changes[name](values);
      if (answer !== undefined) answers.push([place, answer]);
    } catch (error) {
      // SQLite itself ends the transaction on a full disk or an I/O error: then nothing of it is kept.
      if (!sqlite.inTransaction) throw error;
      failures.push([place, toFailure(error)]);
    }
  }
  return answers.length + failures.length === 0 ? null : { answers, failures };
}
