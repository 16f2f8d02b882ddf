/** Sees that the disk of the data folder keeps some room, which what is running needs for its outcomes. */
import { statfsSync } from "node:fs";
import bytes from "bytes";
import { ServerError } from "../errors.ts";

/** How long one look counts. */
const LOOK_MS = 1000;
const RETRY_SECONDS = 60;

export class FreeDisk {
  readonly #folder: string;
  readonly #minBytes: number;
  readonly #now: () => number;
  #lookedAt = -Infinity;
  #freeBytes = Infinity;

  /** @param minBytes 0: runs are accepted until the disk is full */
  constructor(
    folder: string,
    minBytes: number,
    now: () => number = () => performance.now(),
  ) {
    this.#folder = folder;
    this.#minBytes = minBytes;
    this.#now = now;
  }

  /** What a process without special rights can still write. */
  get freeBytes(): number {
    const now = this.#now();
    if (now - this.#lookedAt >= LOOK_MS) {
      const { bavail, bsize } = statfsSync(this.#folder);
      this.#freeBytes = bavail * bsize;
      this.#lookedAt = now;
    }
    return this.#freeBytes;
  }

  /** The refusal of new runs while there is too little room. */
  get trouble(): ServerError | undefined {
    if (this.#minBytes === 0 || this.freeBytes >= this.#minBytes)
      return undefined;
    return new ServerError(
      "store_unavailable",
      `The disk that keeps the runs has ${bytes(this.freeBytes)} left, and new runs need ${bytes(this.#minBytes)} (--min-free-disk).`,
      { retryAfterSeconds: RETRY_SECONDS },
    );
  }
}
