/** Writes that somebody waits for. */
import { unavailable } from "../unavailable.ts";
import type { Failure } from "./thread/failure.ts";
import type { WriterAnswer } from "./thread/messages.ts";
import type { Write } from "./thread/write/changes.ts";

export interface PendingWrite {
  readonly write: Write;
  /** What is answered unless the thread says something else. */
  readonly expected: unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Characters of text after which a batch is full: what is left waits for the next one. */
const BATCH_LENGTH = 8 * 1024 ** 2;

/** Collects writes, and gives them out as batches. */
export class PendingWrites {
  #writes: PendingWrite[] = [];

  get count(): number {
    return this.#writes.length;
  }

  add<Value>(write: Write, expected: Value): Promise<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.#writes.push({ write, expected, resolve, reject });
    return promise;
  }

  /** Takes what fits into one batch, in its order: one write at least. */
  take(maxLength = BATCH_LENGTH): {
    taken: readonly PendingWrite[];
    batch: Write[];
    /** Characters of text in it. */
    length: number;
  } {
    const batch: Write[] = [];
    let length = 0;
    for (const { write } of this.#writes) {
      if (length >= maxLength) break;
      batch.push(write);
      length += lengthOf(write);
    }
    const taken = this.#writes;
    this.#writes = taken.splice(batch.length);
    return { taken, batch, length };
  }
}

/** Tells those who wait what came of a batch, in the order in which they asked. */
export function settle(
  writes: readonly PendingWrite[],
  answer: Exclude<WriterAnswer, string>,
): void {
  if (answer === null) {
    for (const { expected, resolve } of writes) resolve(expected as never);
    return;
  }
  if ("refused" in answer) {
    for (const { reject } of writes) reject(unavailable(answer.refused));
    return;
  }
  const answers = new Map(answer.answers);
  const failures = new Map(answer.failures);
  for (const [place, { expected, resolve, reject }] of writes.entries()) {
    const failure = failures.get(place);
    if (failure !== undefined) reject(toError(failure));
    else resolve((answers.get(place) ?? expected) as never);
  }
}

function toError({ reason, isMistake }: Failure): Error {
  return isMistake
    ? new Error(`The run store refused a change: ${reason}.`)
    : unavailable(reason);
}

function lengthOf(write: Write): number {
  let length = 0;
  for (const value of write)
    if (typeof value === "string") length += value.length;
  return length;
}
