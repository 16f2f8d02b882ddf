/** Look-ups that may have to read much: answered by a thread of their own, so that a long list holds nobody up. */
import pTimeout from "p-timeout";
import { ServerError } from "../../errors.ts";
import { unavailable } from "../unavailable.ts";
import type { Failure } from "./thread/failure.ts";
import type { ReaderAnswer, Told } from "./thread/messages.ts";
import type { Found, Question, QuestionName } from "./thread/read/questions.ts";

/** How long a question that is being answered may hold up the end. */
const CLOSE_MS = 1000;

interface Asked {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Its thread starts with `open` or the first question. When it dies, its questions fail and the next one starts another. */
export class Reader implements AsyncDisposable {
  readonly #thread: string;
  readonly #file: string;
  #worker: Worker | undefined;
  readonly #ended = Promise.withResolvers<void>();
  #asked: Asked[] = [];
  #isClosed = false;

  /** @param options.thread URL of `thread/thread.ts`, as for `Writer` */
  constructor(options: { thread: string; file: string }) {
    this.#thread = options.thread;
    this.#file = options.file;
  }

  /** Starts the thread, which takes some time, before there is a question. */
  open(): void {
    this.#worker ??= this.#start();
  }

  /** @throws {ServerError} `store_unavailable` when the database cannot be read */
  ask<Name extends QuestionName>(
    question: Question<Name>,
  ): Promise<Found[Name]> {
    if (this.#isClosed) return Promise.reject(shuttingDown());
    const worker = (this.#worker ??= this.#start());
    tell(worker, { ask: question });
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
    });
  }

  /**
   * Resolves when the thread has closed the database, which the last connection does not give up its log for before;
   * a question that takes longer is cut off.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#isClosed = true;
    this.#refuseAll(shuttingDown());
    if (worker !== undefined) {
      tell(worker, { close: true });
      await pTimeout(this.#ended.promise, {
        milliseconds: CLOSE_MS,
        fallback: () => undefined,
      });
    }
    this.terminate();
  }

  /** Ends the thread wherever it is, as a crash would. */
  terminate(): void {
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
        if (data === "closed") {
          this.#ended.resolve();
          return;
        }
        const asked = this.#asked.shift();
        if ("failed" in data) asked?.reject(toError(data.failed));
        else asked?.resolve(data.answer as never);
      },
    );
    tell(worker, { open: "reader", file: this.#file });
    return worker;
  }

  #giveUp(worker: Worker, reason: string): void {
    this.#ended.resolve();
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#refuseAll(unavailable(reason, "read"));
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
    : unavailable(reason, "read");
}

function shuttingDown(): ServerError {
  return new ServerError("shutting_down", "The run store is closed.");
}
