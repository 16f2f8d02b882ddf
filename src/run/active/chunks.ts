/** The chunks that the code of a run has yielded so far, for the caller that takes them one by one. */

export class Chunks {
  readonly #texts: string[] = [];
  #change = Promise.withResolvers<void>();
  #isOver = false;

  /** @param text JSON */
  add(text: string): void {
    this.#texts.push(text);
    this.#wake();
  }

  /** There will be no more. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** All of them, from the first one, as they come. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (let index = 0; ; index += 1) {
      while (index >= this.#texts.length) {
        if (this.#isOver) return;
        await this.#change.promise;
      }
      yield this.#texts[index] as string;
    }
  }

  #wake(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
