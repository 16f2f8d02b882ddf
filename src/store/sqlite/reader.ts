/** Look-ups that may have to read much: answered by a thread of their own, so that a long list holds nobody up. */
import { ServerError } from "../../errors.ts";
import type { Failure } from "./thread/failure.ts";
import type { ReaderAnswer, Told } from "./thread/messages.ts";
import type { Found, Question, QuestionName } from "./thread/questions.ts";

interface Asked {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Its thread starts with the first question. When it dies, its questions fail and the next one starts another. */
export class Reader implements Disposable {
  readonly #thread: string;
  readonly #file: string;
  #worker: Worker | undefined;
  #asked: Asked[] = [];
  #isClosed = false;

  /** @param options.thread URL of `thread/thread.ts`, as for `Writer` */
  constructor(options: { thread: string; file: string }) {
    this.#thread = options.thread;
    this.#file = options.file;
  }

  /** @throws {ServerError} `store_unavailable` when the database cannot be read */
  ask<Name extends QuestionName>(
    question: Question<Name>,
  ): Promise<Found[Name]> {
    if (this.#isClosed) return Promise.reject(shuttingDown());
    this.#worker ??= this.#start();
    tell(this.#worker, { ask: question });
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
    });
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#refuseAll(shuttingDown());
  }

  #start(): Worker {
    const worker = new Worker(this.#thread);
    worker.addEventListener("error", ({ message }) => {
      this.#giveUp(worker, message);
    });
    worker.addEventListener("close", () => {
      this.#giveUp(worker, "its thread has ended");
    });
    worker.addEventListener(
      "message",
      ({ data }: MessageEvent<ReaderAnswer>) => {
        const asked = this.#asked.shift();
        if ("failed" in data) asked?.reject(toError(data.failed));
        else asked?.resolve(data.answer as never);
      },
    );
    tell(worker, { open: "reader", file: this.#file });
    return worker;
  }

  #giveUp(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#refuseAll(unreadable(reason));
  }

  #refuseAll(error: ServerError): void {
    const asked = this.#asked;
    this.#asked = [];
    for (const { reject } of asked) reject(error);
  }
}

function tell(worker: Worker, told: Told): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, no window
  worker.postMessage(told);
}

function toError({ reason, isMistake }: Failure): Error {
  return isMistake
    ? new Error(`The run store cannot answer: ${reason}.`)
    : unreadable(reason);
}

function shuttingDown(): ServerError {
  return new ServerError("shutting_down", "The run store is closed.");
}

function unreadable(reason: string): ServerError {
  return new ServerError(
    "store_unavailable",
    `The run store cannot be read: ${reason}.`,
    { retryAfterSeconds: 5 },
  );
}
