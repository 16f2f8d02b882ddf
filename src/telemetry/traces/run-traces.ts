/** Remembers the traces of the latest runs, for lines of the log that only name a run. */
import type { RunEvents, RunFacts } from "../../run/events.ts";

const MAX_RUNS = 10_000;

export class RunTraces implements Disposable {
  readonly #traceparents = new Map<string, string>();
  readonly #listening: Disposable;

  constructor(events: RunEvents) {
    this.#listening = events.listen(
      ["accepted", "started", "finished", "owed"],
      ({ run }) => {
        this.remember(run);
      },
    );
  }

  remember({ id, traceparent }: Pick<RunFacts, "id" | "traceparent">): void {
    if (traceparent === null) return;
    this.#traceparents.delete(id);
    this.#traceparents.set(id, traceparent);
    if (this.#traceparents.size <= MAX_RUNS) return;
    const [oldest = ""] = this.#traceparents.keys();
    this.#traceparents.delete(oldest);
  }

  find(runId: unknown): string | null {
    return this.#traceparents.get(String(runId)) ?? null;
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }
}
