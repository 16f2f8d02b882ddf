/** Writes and checks large results beside what else the event loop has to do: in slices, one result at a time. */
import { jsonPieces, type Summary } from "../action/json-pieces.ts";
import { isStandardSchema } from "../action/schema/standard-schema.ts";
import { costOf } from "../action/schema/text.ts";
import { toReason } from "../action/to-json.ts";
import { ByteBudget } from "../byte-budget.ts";
import type { InputError } from "../errors.ts";
import type { Outcome } from "../run/run.ts";
import { pause } from "../time-slice.ts";
import { misfit, tooLarge, unwritable } from "./outcome.ts";
import type { Task } from "./task.ts";

/** Characters of a result that is written in one go: that takes a few milliseconds. */
export const LARGE_LENGTH = 2_000_000;
/** A result with more values, or characters, is checked against its schema in the thread. */
const MAX_VALUES = 20_000;
const MAX_CHARACTERS = 8_000_000;
const BYTES_PER_CHARACTER = 2;

/** A result as JSON. */
interface Written extends Summary {
  readonly text: string;
  /** Its text in UTF-8, in parts. */
  readonly chunks: readonly Uint8Array[];
}

export interface LargeResultParts {
  readonly maxResultBytes: number;
  /** The memory that texts take is counted here. It is taken in any case: the result is there. */
  readonly held: ByteBudget;
  /**
   * Checks JSON against a JSON Schema in a thread.
   *
   * @param order.owner each key has its turn
   * @returns the first mistake
   * @throws {Error} when it takes too long
   */
  readonly check: (order: {
    readonly owner: string;
    readonly bytes: Uint8Array;
    readonly schema: string;
  }) => Promise<InputError | undefined>;
}

export class LargeResults {
  readonly #parts: LargeResultParts;
  /** One result is written at a time, and the next one when that is recorded: in turn between keys. */
  readonly #turns = new ByteBudget({ maxBytes: 1, maxBytesPerKey: 1 });

  constructor(parts: LargeResultParts) {
    this.#parts = parts;
  }

  /**
   * Makes the outcome of a run that has returned a large result. What it takes is given back when the run has ended.
   *
   * @param value not `undefined`
   */
  async toOutcome(task: Task, value: unknown): Promise<Outcome> {
    const { entry, owner } = task;
    const holds = new DisposableStack();
    task.holdUntilEnd?.(holds);
    try {
      holds.use(await this.#turns.take(owner, 1, task.signal));
      const written = await this.#write(task, value, holds);
      if (!("text" in written))
        return tooLarge(
          entry,
          `at least ${written.byteCount}`,
          this.#parts.maxResultBytes,
        );
      const mistake = await this.#check(task, { value, written });
      return mistake === undefined
        ? { status: "passed", result: written.text }
        : misfit(entry, mistake);
    } catch (error) {
      return unwritable(entry, toReason(error));
    } finally {
      if (task.holdUntilEnd === undefined) holds.dispose();
    }
  }

  /** @returns how many bytes it has so far when these are too many */
  async #write(
    task: Task,
    value: unknown,
    holds: DisposableStack,
  ): Promise<Written | { readonly byteCount: number }> {
    const { maxResultBytes, held } = this.#parts;
    const encoder = new TextEncoder();
    const texts: string[] = [];
    const chunks: Uint8Array[] = [];
    let byteCount = 0;
    const counted = holds.use(held.count(task.owner));
    const pieces = jsonPieces(value);
    for (;;) {
      await pause();
      task.signal.throwIfAborted();
      const next = pieces.next();
      if (next.done === true) {
        return { ...next.value, text: texts.join(""), chunks };
      }
      const chunk = encoder.encode(next.value);
      byteCount += chunk.length;
      if (byteCount > maxResultBytes) return { byteCount };
      texts.push(next.value);
      chunks.push(chunk);
      counted.add(next.value.length * BYTES_PER_CHARACTER);
    }
  }

  async #check(
    { entry, owner }: Task,
    { value, written }: { value: unknown; written: Written },
  ): Promise<InputError | undefined> {
    const { text, chunks, isPlain, valueCount } = written;
    const { output } = entry.action;
    if (output === undefined) return undefined;
    const isQuick =
      !isStandardSchema(output) &&
      isPlain &&
      valueCount <= MAX_VALUES &&
      text.length <= MAX_CHARACTERS &&
      costOf(output) === "linear";
    // What is code cannot be sent to the thread.
    if (isStandardSchema(output) || isQuick)
      return entry.checkOutput(isPlain ? value : JSON.parse(text))[0];
    const schema = JSON.stringify(entry.outputSchema);
    await pause();
    const bytes = Buffer.concat(chunks);
    return await this.#parts.check({ owner, bytes, schema });
  }
}
