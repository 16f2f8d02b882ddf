/** Writes: collected on the event loop, made and committed by a thread of their own, told when they are on disk. */
import { ServerError } from "../../errors.ts";
import { unavailable } from "../unavailable.ts";
import { mayBeLarge, toSent, transferOf } from "./large-texts.ts";
import { type PendingWrite, PendingWrites, settle } from "./pending-writes.ts";
import type { Durability, Told, WriterAnswer } from "./thread/messages.ts";
import type { Answers, Write, WriteName } from "./thread/write/changes.ts";

/** Up to here a batch travels as JSON, which is cheaper than a structured clone of many small values. */
const JSON_LENGTH = 64 * 1024;

/** How long a refusal says that the store is in trouble: where nobody asks for changes, nothing else says that it is over. */
const TROUBLE_MS = 10_000;

/** A batch that was answered. */
export interface AnsweredBatch {
  /** Changes that it had. */
  readonly count: number;
  /** From its sending to the answer, most of which is the flush to disk. */
  readonly ms: number;
  /** Whether it is on disk. */
  readonly isKept: boolean;
}

/**
 * The writes of one turn of the event loop are one message, one transaction and one `fdatasync`. The next batch is sent
 * when the answer to the one before has come, with everything that was asked for meanwhile. Writes are made in the order
 * in which they were asked for.
 *
 * A thread that dies cannot say whether its last batch is on disk. So nobody is told anything about that batch, every
 * later write is refused, and `died` resolves: the process has to end, and the next start finds what is on disk, as it
 * does after a crash.
 */
export class Writer implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #died = Promise.withResolvers<string>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #changeListeners = new Set<() => void>();
  readonly #waiting = new PendingWrites();
  #sent: readonly PendingWrite[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #state: "open" | "closing" | "closed" | "dead" = "open";
  #beforeSend: () => void = () => undefined;
  readonly #answerListeners = new Set<(batch: AnsweredBatch) => void>();
  #sentAt = 0;
  #lastRefusal: { readonly reason: string; readonly at: number } | undefined;

  /** @param options.thread URL of `thread/thread.ts`: only the program's first file can name it in the executable too */
  constructor(options: {
    thread: string;
    file: string;
    durability: Durability;
  }) {
    const { thread, file, durability } = options;
    this.#worker = new Worker(thread);
    this.#worker.addEventListener("error", ({ message }) => {
      this.#die(message);
    });
    this.#worker.addEventListener("close", () => {
      this.#die("It ended.");
    });
    this.#worker.addEventListener(
      "message",
      ({ data }: MessageEvent<WriterAnswer>) => {
        this.#hear(data);
      },
    );
    this.#tell({ open: "writer", file, durability });
  }

  /** Resolves with the reason when the thread has died. */
  get died(): Promise<string> {
    return this.#died.promise;
  }

  /** From now on `listener` is called before each batch is sent, which is when its writes can be changed no more. */
  beforeSend(listener: () => void): void {
    this.#beforeSend = listener;
  }

  /** Tells `listener` of each batch that was answered. */
  onAnswer(listener: (batch: AnsweredBatch) => void): Disposable {
    this.#answerListeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        this.#answerListeners.delete(listener);
      },
    };
  }

  /** Why the last batch could not be committed; undefined when it was, or that was some time ago. */
  get trouble(): string | undefined {
    if (this.#state === "dead") return "Its thread has ended.";
    if (this.#lastRefusal === undefined) return undefined;
    const { reason, at } = this.#lastRefusal;
    return performance.now() - at < TROUBLE_MS ? reason : undefined;
  }

  /** Calls `listener` soon after another process has changed the database, and once when the database is open. */
  onChange(listener: () => void): Disposable {
    this.#changeListeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        this.#changeListeners.delete(listener);
      },
    };
  }

  /**
   * Adds a write to the next batch.
   *
   * @param expected what is answered unless the thread says something else
   * @throws {ServerError} `store_unavailable` when it cannot be committed, in which case it is not kept;
   *   `shutting_down` when the store was closed
   */
  write<Name extends WriteName>(
    write: Write<Name>,
    expected: Answers[Name],
  ): Promise<Answers[Name]> {
    if (this.#state !== "open") return Promise.reject(this.#refusal());
    const promise = this.#waiting.add(write, expected);
    if (this.#sent.length === 0 && this.#scheduled === undefined)
      this.#schedule();
    return promise;
  }

  /** Resolves when everything that was asked for is on disk and the database is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "open") {
      this.#state = "closing";
      if (this.#sent.length === 0 && this.#waiting.count === 0)
        this.#tell({ close: true });
    }
    await Promise.race([this.#closed.promise, this.died]);
    this.terminate();
  }

  /** Ends the thread wherever it is, as a crash would. */
  terminate(): void {
    this.#state = "closed";
    this.#worker.terminate();
  }

  #schedule(): void {
    this.#scheduled = setImmediate(() => {
      this.#send();
    });
  }

  #send(): void {
    this.#scheduled = undefined;
    this.#beforeSend();
    const { taken, batch, length } = this.#waiting.take();
    this.#sent = taken;
    this.#sentAt = performance.now();
    if (length <= JSON_LENGTH) this.#tell(JSON.stringify(batch));
    else if (!mayBeLarge(length)) this.#tell(batch);
    else void this.#sendLarge(batch);
  }

  async #sendLarge(batch: readonly Write[]): Promise<void> {
    const writes = await toSent(batch);
    if (this.#state === "open" || this.#state === "closing")
      this.#tell(writes, writes.flatMap(transferOf));
  }

  #hear(answer: WriterAnswer): void {
    if (answer === "closed") this.#closed.resolve();
    else if (answer === "changed")
      for (const listener of this.#changeListeners) listener();
    else {
      const sent = this.#sent;
      this.#sent = [];
      const reason =
        answer === null || !("refused" in answer) ? undefined : answer.refused;
      this.#lastRefusal =
        reason === undefined ? undefined : { reason, at: performance.now() };
      const ms = performance.now() - this.#sentAt;
      const isKept = reason === undefined;
      for (const listener of this.#answerListeners)
        listener({ count: sent.length, ms, isKept });
      if (this.#waiting.count > 0) this.#send();
      else if (this.#state === "closing") this.#tell({ close: true });
      settle(sent, answer);
    }
  }

  #die(reason: string): void {
    if (this.#state === "closed" || this.#state === "dead") return;
    this.#state = "dead";
    clearImmediate(this.#scheduled);
    this.#died.resolve(reason);
    settle(this.#waiting.take(Infinity).taken, { refused: reason });
  }

  #refusal(): ServerError {
    return this.#state === "dead"
      ? unavailable("Its thread has ended.")
      : new ServerError("shutting_down", "The run store is closed.");
  }

  #tell(told: Told, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(told, transfer);
  }
}
