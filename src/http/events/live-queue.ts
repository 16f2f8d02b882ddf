/** Events that wait for one reader of a stream, up to a limit in bytes. */
import type { Counted } from "../../byte-budget.ts";

export class LiveQueue<Item> implements Disposable {
  readonly #maxBytes: number;
  readonly #counted: Counted;
  readonly #onOverflow: () => void;
  #items: Item[] = [];
  #bytes = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;

  /**
   * @param counted counts what waits, together with what others hold
   * @param onOverflow called once, when the reader is too slow, or there is no room left: nothing waits for it any more
   */
  constructor(maxBytes: number, counted: Counted, onOverflow: () => void) {
    this.#maxBytes = maxBytes;
    this.#counted = counted;
    this.#onOverflow = onOverflow;
  }

  /** @param bytes about how much it takes */
  push(item: Item, bytes: number): void {
    if (this.#isClosed) return;
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes || !this.#counted.tryAdd(bytes)) {
      this[Symbol.dispose]();
      this.#onOverflow();
      return;
    }
    this.#items.push(item);
    this.#wake?.();
  }

  /** @returns all that wait, as soon as there is one; an empty list when it is closed */
  async take(): Promise<readonly Item[]> {
    if (this.#items.length === 0 && !this.#isClosed)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#wake = undefined;
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    this.#counted[Symbol.dispose]();
    return items;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#items = [];
    this.#counted[Symbol.dispose]();
    this.#wake?.();
  }
}
