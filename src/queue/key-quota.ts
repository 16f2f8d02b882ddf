/** How many runs of each key have no outcome yet, and how many may be so at once. */
import { ServerError } from "../errors.ts";

/** When a run ends is not known; to ask every second costs little. */
const RETRY_SECONDS = 1;

export class KeyQuota {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** @param max of each key; Infinity for any number */
  constructor(max = Infinity) {
    this.#max = max;
  }

  /** @throws {ServerError} `too_many_runs` when there is no room for one more of this owner */
  refuseWhenFull(owner: string): void {
    const count = this.#counts.get(owner) ?? 0;
    if (count < this.#max) return;
    throw new ServerError(
      "too_many_runs",
      `This key has ${count} runs that are queued or running, which is all it may have at once.`,
      { retryAfterSeconds: RETRY_SECONDS },
    );
  }

  enter(owner: string): void {
    if (this.#max === Infinity) return;
    this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
  }

  leave(owner: string): void {
    if (this.#max === Infinity) return;
    const count = (this.#counts.get(owner) ?? 1) - 1;
    if (count === 0) this.#counts.delete(owner);
    else this.#counts.set(owner, count);
  }
}
