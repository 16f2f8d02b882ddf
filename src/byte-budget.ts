/** Shares a number of bytes of memory between keys: what callers can make the server hold has a limit, in all and for each. */

/** Bytes that are held until it is disposed of. */
export interface Hold extends Disposable {
  readonly byteCount: number;
}

/** Bytes that are there already, and become more. */
export interface Counted extends Disposable {
  add(byteCount: number): void;
  /** @returns false when there is no room for so many more, which are not counted then */
  tryAdd(byteCount: number): boolean;
}

interface Waiting {
  readonly byteCount: number;
  readonly grant: (hold: Hold) => void;
}

export interface ByteLimits {
  readonly maxBytes: number;
  /** What one key may hold of them. */
  readonly maxBytesPerKey: number;
}

export class ByteBudget {
  readonly #limits: ByteLimits;
  readonly #held = new Map<string, number>();
  /** Those who wait, by key; the first of each key comes first. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  #heldCount = 0;

  constructor(limits: ByteLimits) {
    this.#limits = limits;
  }

  /** How many bytes are held now. */
  get heldBytes(): number {
    return this.#heldCount;
  }

  /** The most that all keys may hold. */
  get maxBytes(): number {
    return this.#limits.maxBytes;
  }

  /** How many bytes the key holds that holds the most. */
  get mostHeldBytes(): number {
    return Math.max(0, ...this.#held.values());
  }

  /** The most that one key may hold. */
  get maxBytesPerKey(): number {
    return this.#limits.maxBytesPerKey;
  }

  /** @returns undefined when there is no room: of the server or of the key */
  tryTake(key: string, byteCount: number): Hold | undefined {
    return this.#hasRoom(key, byteCount)
      ? this.#hold(key, byteCount)
      : undefined;
  }

  /** Whether what there is no room for would be too much for the key alone. */
  isKeyFull(key: string, byteCount: number): boolean {
    return this.#heldBy(key) + byteCount > this.#limits.maxBytesPerKey;
  }

  /** Counts bytes that are there whether there is room for them or not: what comes after them is refused or waits. */
  count(key: string): Counted {
    let byteCount = 0;
    const add = (more: number) => {
      byteCount += more;
      this.#change(key, more);
    };
    return {
      add,
      tryAdd: (more) => {
        if (!this.#hasRoom(key, more)) return false;
        add(more);
        return true;
      },
      [Symbol.dispose]: () => {
        if (byteCount === 0) return;
        this.#change(key, -byteCount);
        byteCount = 0;
        this.#grant();
      },
    };
  }

  /**
   * Waits until there is room. Those of one key wait for each other; of the keys the one that holds least comes first.
   * What is larger than the limit waits until its key holds nothing.
   *
   * @throws the reason of the signal when it aborts first
   */
  async take(
    key: string,
    byteCount: number,
    signal: AbortSignal,
  ): Promise<Hold> {
    signal.throwIfAborted();
    const queue = this.#waiting.get(key);
    if (queue === undefined && this.#mayGo(key, byteCount))
      return this.#hold(key, byteCount);
    const { promise, resolve, reject } = Promise.withResolvers<Hold>();
    const waiting: Waiting = { byteCount, grant: resolve };
    this.#waiting.set(key, (queue ?? new Set()).add(waiting));
    const giveUp = () => {
      this.#leave(key, waiting);
      reject(signal.reason as Error);
      this.#grant();
    };
    signal.addEventListener("abort", giveUp);
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  #heldBy(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  #hasRoom(key: string, byteCount: number): boolean {
    const { maxBytes, maxBytesPerKey } = this.#limits;
    return (
      this.#heldCount + byteCount <= maxBytes &&
      this.#heldBy(key) + byteCount <= maxBytesPerKey
    );
  }

  /** One that fits into no share is let through alone: it would wait for ever. */
  #mayGo(key: string, byteCount: number): boolean {
    if (this.#hasRoom(key, byteCount)) return true;
    const { maxBytes, maxBytesPerKey } = this.#limits;
    return (
      byteCount > Math.min(maxBytes, maxBytesPerKey) &&
      this.#heldBy(key) === 0 &&
      this.#heldCount <= maxBytes / 2
    );
  }

  #hold(key: string, byteCount: number): Hold {
    this.#change(key, byteCount);
    let isHeld = true;
    return {
      byteCount,
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#change(key, -byteCount);
        this.#grant();
      },
    };
  }

  #change(key: string, byteCount: number): void {
    const held = this.#heldBy(key) + byteCount;
    if (held === 0) this.#held.delete(key);
    else this.#held.set(key, held);
    this.#heldCount += byteCount;
  }

  #leave(key: string, waiting: Waiting): void {
    const queue = this.#waiting.get(key);
    queue?.delete(waiting);
    if (queue?.size === 0) this.#waiting.delete(key);
  }

  /** Of keys that hold as much, the others come first now. */
  #moveBehind(key: string): void {
    const queue = this.#waiting.get(key);
    if (queue === undefined) return;
    this.#waiting.delete(key);
    this.#waiting.set(key, queue);
  }

  /** Lets everyone through for whom there is room now. */
  #grant(): void {
    for (;;) {
      let best: { key: string; waiting: Waiting } | undefined;
      for (const [key, queue] of this.#waiting) {
        const [waiting] = queue;
        if (waiting === undefined || !this.#mayGo(key, waiting.byteCount))
          continue;
        if (best === undefined || this.#heldBy(key) < this.#heldBy(best.key))
          best = { key, waiting };
      }
      if (best === undefined) return;
      this.#leave(best.key, best.waiting);
      this.#moveBehind(best.key);
      best.waiting.grant(this.#hold(best.key, best.waiting.byteCount));
    }
  }
}
