/** Judges by a heartbeat whether the server's event loop stands still. */

/** What has changed since the last look. */
export interface Change {
  readonly isStill: boolean;
  /** For how long it has stood still, or had. */
  readonly ms: number;
}

/**
 * Counts only time that whoever looks has lived through: a process that was stopped, or a machine that slept, did not
 * look either, and nothing in it is to blame.
 */
export class Stillness {
  readonly #limitMs: number;
  readonly #lookMs: number;
  #beat: number | undefined;
  #lookedAt = -Infinity;
  #stillMs = 0;
  #isStill = false;

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
      if (this.#isStill || this.#stillMs < this.#limitMs) return undefined;
      this.#isStill = true;
      return { isStill: true, ms: this.#stillMs };
    }
    const ms = this.#stillMs;
    const wasStill = this.#isStill;
    this.#beat = beat;
    this.#stillMs = 0;
    this.#isStill = false;
    return wasStill ? { isStill: false, ms } : undefined;
  }
}
