/** Decides when the next child may be started: at once, or with a delay after children that did no task. */

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;
/** After this many failed starts in a row, tasks fail instead of waiting for the next start. */
const MAX_FAILED_STARTS = 3;

export class Backoff implements Disposable {
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;
  #uselessCount = 0;
  #failedStartCount = 0;
  #isClosed = false;

  /** @param onOver called when a child may be started again */
  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  /** Whether no child may be started now. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** The number of starts in a row that have failed. */
  get failedStartCount(): number {
    return this.#failedStartCount;
  }

  /** Whether the next start is delayed and likely to fail. */
  get isHopeless(): boolean {
    return this.isWaiting && this.#failedStartCount >= MAX_FAILED_STARTS;
  }

  /** Forgets what has failed, because children have other code now. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#uselessCount = 0;
    this.#failedStartCount = 0;
  }

  onFailedStart(): void {
    this.#failedStartCount += 1;
    this.onUseless();
  }

  onStarted(): void {
    this.#failedStartCount = 0;
  }

  /** Notes that a child has done a task. */
  onUseful(): void {
    this.#uselessCount = 0;
  }

  /** Notes that a child has ended without doing a task. Each one in a row doubles the delay. */
  onUseless(): void {
    const delay = FIRST_DELAY_MS * 2 ** this.#uselessCount;
    this.#uselessCount += 1;
    if (this.isWaiting || this.#isClosed) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#onOver();
      },
      Math.min(MAX_DELAY_MS, delay),
    );
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}
