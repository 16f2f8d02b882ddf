/** The code of one load of an actions folder, with its own copy of every module: a later load never meets an earlier one. */

export class Generation implements Disposable {
  readonly #graph = new Bun.ModuleGraph();
  #isDisposed = false;
  #opened: Promise<unknown> | undefined;

  /** @param file an absolute path with links resolved, because Bun remembers where a link has led */
  async import(file: string): Promise<Record<string, unknown>> {
    // The first module of a graph has a true `import.meta.main`, which no action file should see.
    await (this.#opened ??= this.#graph.import("actiond"));
    return await this.#graph.import(file);
  }

  /** Calls code of this generation. What it opens, such as timers and connections, is closed with the generation. */
  run<Arguments extends unknown[], Result>(
    code: (...values: Arguments) => Result,
    ...values: Arguments
  ): Result {
    if (this.#isDisposed) return code(...values);
    return this.#graph.run(code, ...values);
  }

  /** Closes what its code has opened. Code that waits for one of these would wait for ever. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#graph.dispose();
  }
}
