/** One timer for everything that becomes due, however much that is. */
import TinyQueue from "tinyqueue";
import { MAX_TIMER_MS } from "../units.ts";

interface Entry<Value> {
  readonly at: number;
  readonly value: Value;
}

export class Due<Value> implements Disposable {
  readonly #now: () => number;
  readonly #onDue: (values: readonly Value[]) => void;
  readonly #entries = new TinyQueue<Entry<Value>>(
    [],
    (one, other) => one.at - other.at,
  );
  /** The moment of each value that waits. An entry with another moment is out of date. */
  readonly #moments = new Map<Value, number>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  constructor(options: {
    now: () => number;
    onDue: (values: readonly Value[]) => void;
  }) {
    this.#now = options.now;
    this.#onDue = options.onDue;
  }

  /** Says when a value is due: what was said of it before does not count any more. */
  set(value: Value, at: number): void {
    if (this.#moments.get(value) === at) return;
    this.#moments.set(value, at);
    this.#entries.push({ at, value });
    this.#setTimer();
  }

  delete(value: Value): void {
    if (this.#moments.delete(value)) this.#setTimer();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#moments.clear();
  }

  /** @returns the entry that is due next */
  #first(): Entry<Value> | undefined {
    for (;;) {
      const entry = this.#entries.peek();
      if (entry === undefined || this.#moments.get(entry.value) === entry.at)
        return entry;
      this.#entries.pop();
    }
  }

  #setTimer(): void {
    const at = this.#first()?.at ?? Infinity;
    if (at === this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === Infinity) return;
    const ms = Math.min(Math.max(at - this.#now(), 1), MAX_TIMER_MS);
    this.#timer = setTimeout(() => {
      this.#ripen();
    }, ms);
  }

  #ripen(): void {
    this.#timerAt = Infinity;
    const due: Value[] = [];
    for (;;) {
      const entry = this.#first();
      if (entry === undefined || entry.at > this.#now()) break;
      this.#entries.pop();
      this.#moments.delete(entry.value);
      due.push(entry.value);
    }
    this.#setTimer();
    this.#onDue(due);
  }
}
