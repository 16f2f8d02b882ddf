/** How many runs of each key have no outcome yet, and how many it may have at once. */
import { ServerError } from "../errors.ts";

/** When a run will end is not known; asking every second costs little. */
const RETRY_SECONDS = 1;

export class KeyQuota {
  readonly #max: number;
  readonly #replicaCount: () => number;
  readonly #counts = new Map<string, number>();

  /**
   * @param max how many runs each key may have at once; Infinity for any number
   * @param replicaCount how many servers share these: each takes its part, and one run in any case
   */
  constructor(max: number, replicaCount: () => number = () => 1) {
    this.#max = max;
    this.#replicaCount = replicaCount;
  }

  /**
   * Takes room for one more run of this owner: it is counted at once, so that requests that come together cannot pass
   * the limit together.
   *
   * @returns what gives the room back; undefined where nothing is counted
   * @throws {ServerError} `too_many_runs` when there is no room
   */
  take(owner: string): Disposable | undefined {
    const count = this.#counts.get(owner) ?? 0;
    if (count < Math.ceil(this.#max / this.#replicaCount()))
      return this.enter(owner);
    throw new ServerError(
      "too_many_runs",
      `This API key already has ${count} ${count === 1 ? "run" : "runs"} queued or running, which is its limit.`,
      { retryAfterSeconds: RETRY_SECONDS },
    );
  }

  /** Counts a run that was accepted earlier: it is never refused. */
  enter(owner: string): Disposable | undefined {
    if (this.#max === Infinity) return undefined;
    this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#leave(owner);
      },
    };
  }

  #leave(owner: string): void {
    const count = (this.#counts.get(owner) ?? 1) - 1;
    if (count === 0) this.#counts.delete(owner);
    else this.#counts.set(owner, count);
  }
}
