/** The order of what happens to runs in this process, in memory: where no store keeps it. */
import type { EventOf, RunEvents } from "../events.ts";
import { toLineEntry } from "./entry.ts";
import type { EventStore, KeptFact, KeptFacts } from "./event-store.ts";

/** How many facts are remembered. */
const MAX_COUNT = 10_000;

const KINDS = [
  "accepted",
  "started",
  "detached",
  "finished",
  "log",
  "progress",
  "owed",
  "callback_attempt",
] as const;

export class PassingEvents implements EventStore {
  readonly #events: RunEvents;
  readonly #listeners = new Set<() => void>();
  #writes: KeptFacts[] = [];
  #listening: Disposable | undefined;
  /** No other process has given the same numbers: what was told by one that is gone was missed. */
  #last = Date.now() * 100;

  constructor(events: RunEvents) {
    this.#events = events;
  }

  keep(): Promise<number> {
    this.#listening ??= this.#events.listen(KINDS, (event) => {
      this.#add(event);
    });
    return Promise.resolve(this.#last);
  }

  forget(): Promise<void> {
    this.#listening?.[Symbol.dispose]();
    this.#listening = undefined;
    this.#writes = [];
    return Promise.resolve();
  }

  findAfter(
    after: number,
  ): Promise<{ last: number; writes: readonly KeptFacts[] } | undefined> {
    const first = (this.#writes[0]?.seq ?? this.#last + 1) - 1;
    const isKnown = after >= first && after <= this.#last;
    const writes = this.#writes.slice(after - first);
    return Promise.resolve(isKnown ? { last: this.#last, writes } : undefined);
  }

  onWrite(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener);
      },
    };
  }

  #add(event: EventOf<(typeof KINDS)[number]>): void {
    const fact = toFact(event);
    if (fact === undefined) return;
    this.#last += 1;
    this.#writes.push({ seq: this.#last, run: event.run, facts: [fact] });
    if (this.#writes.length > 2 * MAX_COUNT)
      this.#writes = this.#writes.slice(-MAX_COUNT);
    for (const listener of this.#listeners) listener();
  }
}

function toFact(event: EventOf<(typeof KINDS)[number]>): KeptFact | undefined {
  const { at } = event;
  switch (event.kind) {
    case "accepted":
      return { kind: "accepted" };
    case "started":
      return event.attempt === 1 ? { kind: "started", at } : undefined;
    case "detached":
      return { kind: "detached", at };
    case "finished": {
      const { outcome, runMs } = event;
      return { kind: "finished", at, outcome, runMs };
    }
    case "log": {
      const text = toLineEntry(event.line, event.lineAt);
      return { kind: "entry", number: event.seq, text };
    }
    case "progress":
      return { kind: "progress", progress: event.progress };
    case "owed":
      return { kind: "owed", at, host: event.host };
    case "callback_attempt":
    default:
      return { kind: "callback_attempt", attempt: event.attempt };
  }
}
