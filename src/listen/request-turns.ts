/** Spreads requests that arrive together over turns of the event loop, so that hundreds of them hold nobody else up. */

/** Each takes a tenth of a millisecond or two before it waits for something. */
const MAX_PER_TURN = 100;

export class RequestTurns {
  readonly #goesFirst: (request: Request) => boolean;
  #count = 0;
  #isCounting = false;
  #waiting: (() => void)[] = [];

  /** @param goesFirst tells requests that never wait */
  constructor(goesFirst: (request: Request) => boolean = () => false) {
    this.#goesFirst = goesFirst;
  }

  /** @returns undefined for a request that may begin at once; else what resolves when its turn has come */
  enter(request: Request): Promise<void> | undefined {
    if (!this.#isCounting) this.#count = this.#begin(0);
    if (this.#count < MAX_PER_TURN) {
      this.#count += 1;
      return undefined;
    }
    if (this.#goesFirst(request)) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #begin(count: number): number {
    this.#isCounting = true;
    setImmediate(this.#next);
    return count;
  }

  readonly #next = (): void => {
    this.#isCounting = false;
    if (this.#waiting.length === 0) return;
    const begun = this.#waiting.slice(0, MAX_PER_TURN);
    this.#waiting = this.#waiting.slice(MAX_PER_TURN);
    this.#count = this.#begin(begun.length);
    for (const begin of begun) begin();
  };
}
