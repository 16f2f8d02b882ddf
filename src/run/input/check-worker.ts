/** Hands orders to the thread that reads large inputs: one at a time, in turn between keys, each with a limit of time. */
import { ServerError } from "../../errors.ts";
import type { CheckAnswer, CheckOrder, ThreadMessage } from "./check-order.ts";

interface Job {
  readonly order: CheckOrder;
  readonly resolve: (answer: CheckAnswer) => void;
  readonly reject: (error: Error) => void;
}

export class CheckWorker implements Disposable {
  readonly #thread: string;
  readonly #maxMs: number;
  /** Jobs that wait, by key; the key whose turn is next comes first. */
  readonly #queues = new Map<string, Job[]>();
  #worker: Worker | undefined;
  #job: Job | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param options.thread the URL of `check-thread.ts`
   * @param options.maxMs how long one order may take; after that the thread is ended
   */
  constructor(options: { thread: string; maxMs: number }) {
    this.#thread = options.thread;
    this.#maxMs = options.maxMs;
  }

  /** @throws {ServerError} `invalid_input` when it takes too long */
  carryOut(key: string, order: CheckOrder): Promise<CheckAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<CheckAnswer>();
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    queue.push({ order, resolve, reject });
    this.#begin();
    return promise;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #begin(): void {
    if (this.#job !== undefined) return;
    for (const [key, queue] of this.#queues) {
      const job = queue.shift();
      this.#queues.delete(key);
      // The other keys come before its next one.
      if (queue.length > 0) this.#queues.set(key, queue);
      if (job === undefined) continue;
      this.#job = job;
      this.#worker?.ref();
      if (this.#worker === undefined) this.#worker = this.#open();
      else this.#send(this.#worker, job);
      return;
    }
  }

  #send(worker: Worker, job: Job): void {
    this.#timer = setTimeout(() => {
      // Where the event loop was held up, the answer may be here already.
      setImmediate(() => {
        if (this.#job === job)
          this.#giveUp(
            `The ${job.order.kind} takes more than ${this.#maxMs / 1000} s to read and check, which is the limit.`,
          );
      });
    }, this.#maxMs);
    const { bytes: given } = job.order;
    // Memory that is shared with others, as that of short buffers is, cannot be handed over.
    const isOwn = given.byteLength === given.buffer.byteLength;
    const bytes = isOwn ? given : given.slice();
    worker.postMessage({ ...job.order, bytes }, [bytes.buffer as ArrayBuffer]);
  }

  #open(): Worker {
    const worker = new Worker(this.#thread, { smol: true });
    worker.addEventListener(
      "message",
      ({ data }: MessageEvent<ThreadMessage>) => {
        if (worker !== this.#worker) return;
        if (data.kind === "ready") {
          if (this.#job !== undefined) this.#send(worker, this.#job);
          return;
        }
        this.#end()?.resolve(data);
        this.#begin();
      },
    );
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker === this.#worker)
        this.#giveUp(
          `The ${this.#job?.order.kind} needs more memory to be read than there is.`,
        );
    });
    return worker;
  }

  #end(): Job | undefined {
    clearTimeout(this.#timer);
    const job = this.#job;
    this.#job = undefined;
    // Without an order it keeps no process alive.
    this.#worker?.unref();
    return job;
  }

  /** Ends the thread: the next order gets a new one. */
  #giveUp(message: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const errors = [{ path: "", message: "takes too long to check" }];
    this.#end()?.reject(new ServerError("invalid_input", message, { errors }));
    this.#begin();
  }
}
