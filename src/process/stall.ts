/** Judges by the heartbeat whether the server's event loop is stalled. */

/** The change since the last look. */
export interface StallChange {
  readonly isStalled: boolean;
  /** How long the stall has lasted so far, or lasted in all. */
  readonly ms: number;
}

/**
 * Counts only time during which the watchdog was looking. While the process was stopped or the machine slept, it could
 * not look, and no action is to blame.
 */
export class StallDetector {
  readonly #limitMs: number;
  readonly #lookMs: number;
  #beat: number | undefined;
  #lookedAt = -Infinity;
  #stillMs = 0;
  #isStalled = false;

  /**
   * @param limitMs the longest time between two beats that is not a stall
   * @param lookMs the time between two looks
   */
  constructor(limitMs: number, lookMs: number) {
    this.#limitMs = limitMs;
    this.#lookMs = lookMs;
  }

  /** @param now on a clock that never jumps */
  look(beat: number, now: number): StallChange | undefined {
    const livedMs = Math.min(now - this.#lookedAt, 2 * this.#lookMs);
    this.#lookedAt = now;
    if (beat === this.#beat) {
      this.#stillMs += livedMs;
      if (this.#isStalled || this.#stillMs < this.#limitMs) return undefined;
      this.#isStalled = true;
      return { isStalled: true, ms: this.#stillMs };
    }
    const ms = this.#stillMs;
    const wasStill = this.#isStalled;
    this.#beat = beat;
    this.#stillMs = 0;
    this.#isStalled = false;
    return wasStill ? { isStalled: false, ms } : undefined;
  }
}
