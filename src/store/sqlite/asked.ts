/** Questions that wait for the reading thread: keys take turns, so that whoever asks much delays the others by one answer. */
import type { Question } from "./thread/read/questions.ts";

export interface Asked {
  readonly question: Question;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

export class WaitingQuestions {
  /** By key; the key whose turn is next comes first. */
  readonly #queues = new Map<string, Asked[]>();

  add(owner: string, asked: Asked): void {
    const queue = this.#queues.get(owner);
    if (queue === undefined) this.#queues.set(owner, [asked]);
    else queue.push(asked);
  }

  /** @returns undefined when none waits */
  next(): Asked | undefined {
    const [first] = this.#queues;
    if (first === undefined) return undefined;
    const [owner, queue] = first;
    const asked = queue.shift();
    this.#queues.delete(owner);
    // The other keys come before its next one.
    if (queue.length > 0) this.#queues.set(owner, queue);
    return asked;
  }
}
