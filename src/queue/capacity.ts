/** A number of slots and how long they are held, which says when the next one will be free. */

/** The share that the newest hold time has in the average. */
const AVERAGE_WEIGHT = 0.1;
const MAX_RETRY_AFTER_SECONDS = 3600;

export class Capacity {
  /** The number of slots; Infinity when there is no limit. */
  readonly max: number;
  #heldCount = 0;
  /** The sum of the moments at which the slots that are held now were taken. */
  #takenAtSum = 0;
  #averageMs = 0;

  constructor(max: number) {
    this.max = max;
  }

  get heldCount(): number {
    return this.#heldCount;
  }

  get hasRoom(): boolean {
    return this.#heldCount < this.max;
  }

  /** @param now on the clock of `performance.now()`, like all moments here */
  take(now: number): void {
    this.#heldCount += 1;
    this.#takenAtSum += now;
  }

  /** @param takenAt the moment at which this slot was taken */
  release(takenAt: number, now: number): void {
    this.#heldCount -= 1;
    // Rounding errors must not add up: the sum starts from 0 again whenever nothing is held.
    this.#takenAtSum = this.#heldCount === 0 ? 0 : this.#takenAtSum - takenAt;
    this.#averageMs += (now - takenAt - this.#averageMs) * AVERAGE_WEIGHT;
  }

  /**
   * Estimates how many slots become free in a millisecond: the number of held slots divided by the time a slot is held.
   * That time is the average of the slots that were released, or the mean age of those that are held, whichever is
   * longer: the very first run may take an hour.
   *
   * @returns 0 when no slot is held, because then nothing is known
   */
  ratePerMs(now: number): number {
    if (this.#heldCount === 0) return 0;
    const meanAgeMs = now - this.#takenAtSum / this.#heldCount;
    return this.#heldCount / Math.max(this.#averageMs, meanAgeMs, 1);
  }
}

/** @returns whole seconds until one slot is free, as `retry-after` needs them: at least one, at most an hour */
export function toRetryAfter(ratePerMs: number): number {
  if (ratePerMs === 0) return 1;
  const seconds = Math.ceil(1 / ratePerMs / 1000);
  return Math.min(MAX_RETRY_AFTER_SECONDS, seconds);
}
