/** Judges by a heartbeat whether the server's event loop stands still. */

/** What has changed since the last look. */
export interface Change {
  readonly isStalled: boolean;
  /** For how long it has stood still, or had. */
  readonly ms: number;
}

/**
 * Counts only time that whoever looks has lived through: a process that was stopped, or a machine that slept, did not
 * look either, and nothing in it is to blame.
 */
export class StallDetector {
  readonly #limitMs: number;
  readonly #lookMs: number;
  #beat: number | undefined;
  #lookedAt = -Infinity;
  #stillMs = 0;
  #isStalled = false;

  /**
   * @param limitMs how long may pass between two beats
   * @param lookMs how often it is looked
   */
  constructor(limitMs: number, lookMs: number) {
    this.#limitMs = limitMs;
    this.#lookMs = lookMs;
  }

  /** @param now on a clock that never jumps */
  look(beat: number, now: number): Change | undefined {
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
