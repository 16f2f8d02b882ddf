/** How long slots are held: what says when the next one will be free, for an honest `retry-after`. */

/** How much of a new holdTimes counts in the average. */
const AVERAGE_WEIGHT = 0.1;

export class HoldTimes {
  #count = 0;
  /** Of the moments at which the slots were taken that are held now. */
  #sumOfMoments = 0;
  #averageMs = 0;

  /** How many slots are held. */
  get count(): number {
    return this.#count;
  }

  /** @param at on the clock of `performance.now()`, like all moments here */
  begin(at: number): void {
    this.#count += 1;
    this.#sumOfMoments += at;
  }

  /** @param since the moment it began */
  end(since: number, now: number): void {
    this.#count -= 1;
    // Nothing that rounding left stays when nothing is held.
    this.#sumOfMoments = this.#count === 0 ? 0 : this.#sumOfMoments - since;
    this.#averageMs += (now - since - this.#averageMs) * AVERAGE_WEIGHT;
  }

  /**
   * How many slots become free in a millisecond: as many as are held, over the time one is held. That is the average of
   * those that ended, or the mean age of those that have not, if that is more: the first run ever may take an hour.
   */
  ratePerMs(now: number): number {
    if (this.#count === 0) return 0;
    const meanAgeMs = now - this.#sumOfMoments / this.#count;
    return this.#count / Math.max(this.#averageMs, meanAgeMs, 1);
  }
}
