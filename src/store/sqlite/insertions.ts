/** Runs whose insertion has not been sent to the writing thread: an outcome can still be made a part of it. */
import type { RunId } from "../../run/run.ts";
import type { InsertWrite } from "./run-row.ts";
import type { Answers } from "./thread/write/changes.ts";
import type { Writer } from "./writer.ts";

interface Insertion {
  readonly write: InsertWrite;
  readonly inserted: Promise<Answers["insert"]>;
}

export class Insertions {
  readonly #unsent = new Map<RunId, Insertion>();

  constructor(writer: Writer) {
    writer.beforeSend(() => {
      this.#unsent.clear();
    });
  }

  add(id: RunId, insertion: Insertion): void {
    this.#unsent.set(id, insertion);
  }

  /** Another change of the run comes between its insertion and its outcome: their order decides, so they stay apart. */
  keepApart(id: RunId): void {
    this.#unsent.delete(id);
  }

  /** @returns the insertion that the outcome of the run becomes a part of; undefined when it needs a write of its own */
  take(id: RunId): Insertion | undefined {
    const insertion = this.#unsent.get(id);
    this.#unsent.delete(id);
    return insertion;
  }
}
