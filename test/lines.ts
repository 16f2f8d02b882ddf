/** Reads the lines of a stream while they are written. */

export interface Lines {
  /** All of it, at its end. */
  readonly all: Promise<string>;
  /**
   * Resolves with the first line that contains this, or with the `count`th one, as soon as it is there.
   *
   * @throws {Error} the stream has ended without it
   */
  find(part: string, count?: number): Promise<string>;
}

export function readLines(stream: ReadableStream<Uint8Array>): Lines {
  let text = "";
  let isEnded = false;
  let more = Promise.withResolvers<void>();
  const wake = () => {
    more.resolve();
    more = Promise.withResolvers();
  };
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      wake();
    }
    isEnded = true;
    wake();
    return text;
  };
  return {
    all: read(),
    async find(part, count = 1) {
      for (;;) {
        const whole = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
        const line = whole.filter((each) => each.includes(part))[count - 1];
        if (line !== undefined) return line;
        if (isEnded) throw new Error(`No line has ${part}: ${text}`);
        await more.promise;
      }
    },
  };
}
