/** How much of the disk the runs of one API key may take while there are other keys. */
import { ServerError } from "../errors.ts";
import type { KeyShare } from "../queue/key-share.ts";

/** How long a look at the disk counts. */
const LOOK_MS = 1000;
/** How long it counts what each key takes: finding that out reads the whole table of runs. */
const USAGE_MS = 60_000;
const RETRY_SECONDS = 60;

export interface StoredShareParts {
  readonly share: KeyShare;
  /** What new runs may still take of the disk. */
  readonly freeBytes: () => number;
  /** What all runs take. */
  readonly storedBytes: () => number;
  /** @returns what the runs of each key take; nobody waits for it */
  readonly findUsage: () => Promise<ReadonlyMap<string, number>>;
  readonly onError: (error: unknown) => void;
  /** In milliseconds, on a clock that never jumps. */
  readonly now?: () => number;
}

export class StoredShare {
  readonly #parts: StoredShareParts;
  readonly #now: () => number;
  #lookedAt = -Infinity;
  #all = 0;
  #max = Infinity;
  #usage: ReadonlyMap<string, number> = new Map();
  #usageAt = -Infinity;

  constructor(parts: StoredShareParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
  }

  /**
   * Refuses a new run of a key whose runs have their share of the disk. While there is plenty of room, nobody's are
   * counted.
   *
   * @throws {ServerError} `too_many_runs`
   */
  refuse(owner: string): void {
    const { share } = this.#parts;
    const now = this.#now();
    if (now - this.#lookedAt >= LOOK_MS) this.#look(now);
    if (share.isPlenty(1, this.#all, this.#max)) return;
    if (now - this.#usageAt >= USAGE_MS) this.#refresh(now);
    const own = this.#usage.get(owner) ?? 0;
    const others = () =>
      [...this.#usage]
        .filter(([other]) => other !== owner)
        .map(([, bytes]) => bytes);
    const taken = { own, all: this.#all, max: this.#max, others };
    if (share.allowsOneMore(owner, taken)) return;
    throw new ServerError(
      "too_many_runs",
      "The stored runs of this API key use up its share of the disk, and the rest is reserved for other keys. Older runs are deleted with time.",
      { retryAfterSeconds: RETRY_SECONDS },
    );
  }

  #look(now: number): void {
    const { freeBytes, storedBytes } = this.#parts;
    this.#lookedAt = now;
    this.#all = storedBytes();
    this.#max = this.#all + Math.max(0, freeBytes());
  }

  #refresh(now: number): void {
    const { findUsage, onError } = this.#parts;
    this.#usageAt = now;
    findUsage().then((usage) => {
      this.#usage = usage;
    }, onError);
  }
}
