/** Limits what senders without a valid key may cost: they are refused quickly after a few tries a second. */
import { ServerError } from "../../errors.ts";

/** Refusals of one address in a second that are answered and recorded in full. */
const MAX_PER_SECOND = 20;
const WINDOW_MS = 1000;
/** Addresses that are counted at once: beyond that they are counted together. */
const MAX_ADDRESSES = 10_000;

export class Strangers {
  readonly #counts = new Map<string, number>();
  readonly #now: () => number;
  #windowAt = -Infinity;

  /** @param now in milliseconds, on a clock that never jumps */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Counts a request that had no valid key.
   *
   * @returns what it is refused with: 429 for an address that has had many such refusals within a second
   */
  refuse(address: string | undefined, refusal: ServerError): ServerError {
    // The connection has gone.
    if (address === undefined) return refusal;
    if (this.#now() - this.#windowAt >= WINDOW_MS) {
      this.#windowAt = this.#now();
      this.#counts.clear();
    }
    const isKnown = this.#counts.has(address);
    const name =
      isKnown || this.#counts.size < MAX_ADDRESSES ? address : "others";
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    if (count <= MAX_PER_SECOND) return refusal;
    return new ServerError(
      "rate_limited",
      `This address has sent more than ${MAX_PER_SECOND} requests without a valid API key within a second.`,
      { retryAfterSeconds: 1 },
    );
  }
}
