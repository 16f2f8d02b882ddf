/** Remembers the traces of the latest runs, for lines of the log that only name a run. */
import type { RunEvents } from "../../run/events.ts";

/** So many runs at least, and twice as many at most. */
const MIN_RUNS = 5000;

/** Two generations, since taking the oldest entry out of a large map again and again is slow in JavaScriptCore. */
export class RunTraces implements Disposable {
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  readonly #listening: Disposable;

  constructor(events: RunEvents) {
    this.#listening = events.listen(
      ["accepted", "started", "finished", "owed"],
      ({ run: { id, traceparent } }) => {
        if (traceparent === null || this.#young.has(id)) return;
        this.#young.set(id, traceparent);
        if (this.#young.size < MIN_RUNS) return;
        this.#old = this.#young;
        this.#young = new Map();
      },
    );
  }

  find(runId: unknown): string | null {
    const id = String(runId);
    return this.#young.get(id) ?? this.#old.get(id) ?? null;
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }
}
