/** Spreads requests that arrive together over turns of the event loop, so that hundreds of them hold nobody else up. */
import { pause } from "../time-slice.ts";

/** Each takes a tenth of a millisecond or two before it waits for something. */
const MAX_PER_TURN = 100;

export class RequestTurns {
  readonly #goesFirst: (request: Request) => boolean;
  #count = 0;

  /** @param goesFirst tells requests that never wait */
  constructor(goesFirst: (request: Request) => boolean = () => false) {
    this.#goesFirst = goesFirst;
  }

  /** @returns undefined for a request that may begin at once; else what resolves when its turn has come */
  enter(request: Request): Promise<void> | undefined {
    if (this.#count === 0) setImmediate(this.#endTurn);
    this.#count += 1;
    return this.#count <= MAX_PER_TURN || this.#goesFirst(request)
      ? undefined
      : pause();
  }

  readonly #endTurn = (): void => {
    this.#count = 0;
  };
}
