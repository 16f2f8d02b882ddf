/** Remembers how late the event loop was in the last few seconds, from beats that should come in equal times. */

/** How long a delay counts. */
const WINDOW_MS = 5000;

export class LoopDelay {
  readonly #beatMs: number;
  readonly #now: () => number;
  #beatAt: number | undefined;
  #worst = { ms: 0, at: -Infinity };

  /** @param beatMs the time between two beats */
  constructor(beatMs: number, now: () => number = () => performance.now()) {
    this.#beatMs = beatMs;
    this.#now = now;
  }

  beat(): void {
    const at = this.#now();
    const ms = at - (this.#beatAt ?? at) - this.#beatMs;
    this.#beatAt = at;
    if (ms >= this.#worst.ms || at - this.#worst.at > WINDOW_MS)
      this.#worst = { ms, at };
  }

  /** The longest delay, in milliseconds; 0 when there was none. A loop that is late right now counts from its last beat. */
  get recentMs(): number {
    const now = this.#now();
    const open = now - (this.#beatAt ?? now) - this.#beatMs;
    const { ms, at } = this.#worst;
    return Math.max(0, open, now - at > WINDOW_MS ? 0 : ms);
  }
}
