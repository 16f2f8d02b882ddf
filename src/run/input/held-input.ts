/** The memory that an input takes: from the first byte that arrives until its run has ended, or waits in the store. */
import type { ByteBudget, Hold } from "../../byte-budget.ts";
import { ServerError } from "../../errors.ts";

/** So many shorter inputs as there may be requests do no harm. */
const SMALL_BYTES = 4096;
/** A parsed value takes up to this many times its text … */
const MAX_FACTOR = 25;
/** … but what its members and items take has a limit (`--max-input-values`). */
const FACTOR = 2;
const VALUES_BYTES = 10 * 1024 ** 2;

/** @returns how many bytes a text and its value take at most; 0 where they do not count */
export function memoryOf(byteCount: number): number {
  if (byteCount <= SMALL_BYTES) return 0;
  return Math.min(byteCount * MAX_FACTOR, byteCount * FACTOR + VALUES_BYTES);
}

export class HeldInput implements Disposable {
  readonly #budget: ByteBudget;
  readonly #keyId: string;
  #hold: Hold | undefined;
  #isAdopted = false;

  constructor(budget: ByteBudget, keyId: string) {
    this.#budget = budget;
    this.#keyId = keyId;
  }

  /** Whether a run has it: whoever received the input need not give it back then. */
  get isAdopted(): boolean {
    return this.#isAdopted;
  }

  /** How many bytes it takes. */
  get byteCount(): number {
    return this.#hold?.byteCount ?? 0;
  }

  adopt(): void {
    this.#isAdopted = true;
  }

  /**
   * Makes room for an input of so many bytes.
   *
   * @throws {ServerError} `rate_limited` when its key holds too much, `overloaded` when all do
   */
  take(byteCount: number): void {
    const wanted = memoryOf(byteCount);
    if (wanted <= (this.#hold?.byteCount ?? 0)) return;
    this.#hold?.[Symbol.dispose]();
    this.#hold = takeBytes(this.#budget, this.#keyId, wanted);
  }

  [Symbol.dispose](): void {
    this.#hold?.[Symbol.dispose]();
    this.#hold = undefined;
  }
}

/** @throws {ServerError} `rate_limited` when the key holds too much, `overloaded` when all do */
export function takeBytes(
  budget: ByteBudget,
  keyId: string,
  byteCount: number,
): Hold {
  const hold = budget.tryTake(keyId, byteCount);
  if (hold !== undefined) return hold;
  const isOwn = keyId !== "" && budget.isKeyFull(keyId, byteCount);
  throw new ServerError(
    isOwn ? "rate_limited" : "overloaded",
    isOwn
      ? "The inputs and replies of this API key already use as much memory as they may. Read the replies that are being sent, or send less at once."
      : "The inputs and replies of all callers already use as much memory as they may. Try again later.",
    { retryAfterSeconds: 1 },
  );
}
