/** Look-ups that may have to read much: answered by a thread of their own, so that a long list holds nobody up. */
import pTimeout from "p-timeout";
import { ServerError } from "../../errors.ts";
import { unavailable } from "../unavailable.ts";
import { type Asked, WaitingQuestions } from "./asked.ts";
import type { Failure } from "./thread/failure.ts";
import type { ReaderAnswer, Told } from "./thread/messages.ts";
import type { Found, Question, QuestionName } from "./thread/read/questions.ts";

/** How long the thread is kept without a question: it takes 5 MB of memory, and some milliseconds to start. */
const IDLE_MS = 30_000;
/** How long a question that is being answered may hold up the end. */
const CLOSE_MS = 1000;

/** Questions that the thread has at once, so that it has the next one when it has answered one. */
const MAX_SENT = 2;

interface Thread {
  readonly worker: Worker;
  /** It has closed the database. */
  readonly ended: PromiseWithResolvers<void>;
}

/**
 * Its thread starts with `open` or a question, and ends when there was none for a while. When it dies, its questions fail
 * and the next one starts another.
 */
export class Reader implements AsyncDisposable {
  readonly #url: string;
  readonly #file: string;
  readonly #idleMs: number;
  #thread: Thread | undefined;
  readonly #waiting = new WaitingQuestions();
  /** What the thread has, in its order. */
  #sent: Asked[] = [];
  /** The end of a thread that had nothing to do. */
  #ending: Promise<void> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param options.thread URL of `thread/thread.ts`, as for `Writer` */
  constructor(options: { thread: string; file: string; idleMs?: number }) {
    this.#url = options.thread;
    this.#file = options.file;
    this.#idleMs = options.idleMs ?? IDLE_MS;
  }

  /** Starts the thread, which takes some time, before there is a question. */
  open(): void {
    this.#thread ??= this.#start();
  }

  /**
   * @param owner the id of the key that asks
   * @throws {ServerError} `store_unavailable` when the database cannot be read
   */
  ask<Name extends QuestionName>(
    question: Question<Name>,
    owner = "",
  ): Promise<Found[Name]> {
    if (this.#isClosed) return Promise.reject(shuttingDown());
    return new Promise((resolve, reject) => {
      this.#waiting.add(owner, { question, resolve, reject });
      this.#send();
    });
  }

  #send(): void {
    while (this.#sent.length < MAX_SENT) {
      const asked = this.#waiting.next();
      if (asked === undefined) return;
      const { worker } = (this.#thread ??= this.#start());
      clearTimeout(this.#idle);
      this.#sent.push(asked);
      tell(worker, { ask: asked.question });
    }
  }

  /**
   * Resolves when the thread has closed the database, which the last connection does not give up its log for before;
   * a question that takes longer is cut off.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#refuseAll(shuttingDown());
    clearTimeout(this.#idle);
    const thread = this.#thread;
    await Promise.all([this.#ending, thread && end(thread)]);
    this.terminate();
  }

  /** Ends the thread wherever it is, as a crash would. */
  terminate(): void {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    this.#thread?.worker.terminate();
    this.#thread = undefined;
    this.#refuseAll(shuttingDown());
  }

  #start(): Thread {
    const worker = new Worker(this.#url);
    const thread = { worker, ended: Promise.withResolvers<void>() };
    worker.addEventListener("error", ({ message }) => {
      this.#giveUp(thread, message);
    });
    worker.addEventListener("close", () => {
      this.#giveUp(thread, "its thread has ended");
    });
    worker.addEventListener(
      "message",
      ({ data }: MessageEvent<ReaderAnswer>) => {
        if (data === "closed") {
          thread.ended.resolve();
          return;
        }
        const asked = this.#sent.shift();
        this.#send();
        if (this.#sent.length === 0) this.#rest(thread);
        if ("failed" in data) asked?.reject(toError(data.failed));
        else asked?.resolve(data.answer as never);
      },
    );
    tell(worker, { open: "reader", file: this.#file });
    return thread;
  }

  /** Ends the thread unless there is a question soon. */
  #rest(thread: Thread): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (thread !== this.#thread) return;
      this.#thread = undefined;
      this.#ending = end(thread);
    }, this.#idleMs);
    this.#idle.unref();
  }

  #giveUp(thread: Thread, reason: string): void {
    thread.ended.resolve();
    if (thread !== this.#thread) return;
    this.#thread = undefined;
    this.#refuseAll(unavailable(reason, "read"));
  }

  #refuseAll(error: ServerError): void {
    const sent = this.#sent;
    this.#sent = [];
    for (const { reject } of sent) reject(error);
    for (;;) {
      const asked = this.#waiting.next();
      if (asked === undefined) return;
      asked.reject(error);
    }
  }
}

async function end({ worker, ended }: Thread): Promise<void> {
  tell(worker, { close: true });
  await pTimeout(ended.promise, {
    milliseconds: CLOSE_MS,
    fallback: () => undefined,
  });
  worker.terminate();
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
