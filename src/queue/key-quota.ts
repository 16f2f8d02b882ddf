/** Counts the unfinished runs of each API key, and refuses more than a key may have at once. */
import { ServerError } from "../errors.ts";

/** Nobody knows when a run will end, and trying again every second costs little. */
const RETRY_SECONDS = 1;

export class KeyQuota {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** @param max how many unfinished runs each key may have; Infinity for no limit */
  constructor(max = Infinity) {
    this.#max = max;
  }

  /** @throws {ServerError} `too_many_runs` when this owner may not have one more run */
  refuseWhenFull(owner: string): void {
    const count = this.#counts.get(owner) ?? 0;
    if (count < this.#max) return;
    throw new ServerError(
      "too_many_runs",
      `This API key already has ${count} ${count === 1 ? "run" : "runs"} queued or running, which is its limit.`,
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
