/** The limit on runs at once: a place to run in, a turn in the queue, or a refusal. First come, first served. */
import { ServerError } from "../errors.ts";

/** A run's place: its slot, or its turn in the queue for one. Disposing of it gives it back, whichever it is. */
export interface Place extends Disposable {
  /** Undefined when the slot is there at once, else resolves when it is. */
  readonly turn: Promise<void> | undefined;
}

/** How much of a new slot time counts in the average, for `retry-after`. */
const AVERAGE_WEIGHT = 0.1;
const MAX_RETRY_AFTER_SECONDS = 60;

export class Limit {
  readonly #maxRunning: number;
  readonly #maxQueued: number;
  readonly #queue = new Set<() => void>();
  #runningCount = 0;
  #averageSlotMs = 0;
  #isClosed = false;

  constructor(max: { running: number; queued: number }) {
    this.#maxRunning = max.running;
    this.#maxQueued = max.queued;
  }

  get runningCount(): number {
    return this.#runningCount;
  }

  get queuedCount(): number {
    return this.#queue.size;
  }

  /** @throws {ServerError} `overloaded` when no slot is free and the queue is full */
  reserve(): Place {
    if (this.#hasSlot) return this.#takeSlot();
    if (this.#queue.size < this.#maxQueued) return this.enqueue();
    throw new ServerError(
      "overloaded",
      `${this.#runningCount} runs are running and ${this.#queue.size} are queued, which is all this server takes.`,
      { retryAfterSeconds: this.#retryAfterSeconds() },
    );
  }

  /** A turn for a run that was accepted earlier: it is never refused. */
  enqueue(): Place {
    if (this.#hasSlot) return this.#takeSlot();
    const turn = Promise.withResolvers<void>();
    let slot: Place | undefined;
    const grant = () => {
      slot = this.#takeSlot();
      turn.resolve();
    };
    this.#queue.add(grant);
    return {
      turn: turn.promise,
      [Symbol.dispose]: () => {
        if (!this.#queue.delete(grant)) slot?.[Symbol.dispose]();
      },
    };
  }

  /** From now on nobody gets a turn: what is queued stays queued. */
  close(): void {
    this.#isClosed = true;
  }

  get #hasSlot(): boolean {
    return (
      !this.#isClosed &&
      this.#queue.size === 0 &&
      this.#runningCount < this.#maxRunning
    );
  }

  #takeSlot(): Place {
    this.#runningCount += 1;
    const takenAt = performance.now();
    let isTaken = true;
    return {
      turn: undefined,
      [Symbol.dispose]: () => {
        if (!isTaken) return;
        isTaken = false;
        this.#giveBack(performance.now() - takenAt);
      },
    };
  }

  #giveBack(slotMs: number): void {
    this.#runningCount -= 1;
    this.#averageSlotMs += (slotMs - this.#averageSlotMs) * AVERAGE_WEIGHT;
    if (this.#isClosed) return;
    const [grant] = this.#queue;
    if (grant === undefined) return;
    this.#queue.delete(grant);
    grant();
  }

  /** About as long as it takes until one place in the queue is free again. */
  #retryAfterSeconds(): number {
    const ms = this.#averageSlotMs / this.#maxRunning;
    return Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(ms / 1000)));
  }
}
