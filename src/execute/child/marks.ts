/** Marks in a child's output, which say that everything before them has been read. */
import pTimeout from "p-timeout";

/** How long a mark is waited for: code may have broken the output. */
const PATIENCE_MS = 1000;

export class Marks {
  #count = 0;
  #waiting: { count: number; resolve: () => void }[] = [];

  /** A mark has been read. */
  add(): void {
    this.#count += 1;
    const due = this.#waiting.filter(({ count }) => count <= this.#count);
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#count);
    for (const { resolve } of due) resolve();
  }

  /** @returns undefined when that many marks have been read; else a promise that resolves then, or when it takes too long */
  until(count: number): Promise<void> | undefined {
    if (count <= this.#count) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ count, resolve });
    return pTimeout(promise, {
      milliseconds: PATIENCE_MS,
      fallback: () => undefined,
    });
  }
}
