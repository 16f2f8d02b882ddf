/** Code that answers in chunks: `async *run`. Each chunk is told as soon as it is there; all of them are the result. */
import type { RunContext } from "./definition.ts";

/** The member of a context, if it has one, that tells a chunk to whoever waits for the run. */
export const CHUNK = Symbol.for("actiond.chunk");

type Run<Input> = (input: Input, context: RunContext) => unknown;

interface Telling {
  [CHUNK]?(chunk: unknown): void;
}

/** @returns code that takes all chunks that `run` yields, if it yields any */
export function takingChunks<Input>(run: Run<Input>): Run<Input> {
  return (input, context) => {
    const returned = run(input, context);
    return isGenerator(returned) ? takeAll(returned, context) : returned;
  };
}

/** @returns what the generator returns, or else the list of its chunks */
async function takeAll(
  generator: AsyncGenerator<unknown, unknown>,
  context: RunContext,
): Promise<unknown> {
  const telling = context as Telling;
  const chunks: unknown[] = [];
  try {
    for (;;) {
      const { value, done } = await generator.next();
      if (done === true) return value === undefined ? chunks : value;
      chunks.push(value);
      telling[CHUNK]?.(value);
      // A generator that never waits would be asked for ever.
      context.signal.throwIfAborted();
    }
  } finally {
    await generator.return(undefined);
  }
}

function isGenerator(
  value: unknown,
): value is AsyncGenerator<unknown, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    Symbol.asyncIterator in value &&
    typeof (value as { next?: unknown }).next === "function"
  );
}
