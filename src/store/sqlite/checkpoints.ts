/** Checkpoints: the write-ahead log is copied into the database file by a thread of its own, so that no request waits. */
import type { Log } from "../../log.ts";
import type { Durability, Store } from "./open.ts";

/** What the thread is asked. */
export type Ask =
  | {
      readonly kind: "open";
      readonly file: string;
      readonly durability: Durability;
    }
  | { readonly kind: "checkpoint" }
  | { readonly kind: "close" };

/** What the thread answers. */
export type Tell =
  | { readonly kind: "ready" | "done" | "closed" }
  | { readonly kind: "failed"; readonly reason: string };

/** Pages in the log from which on it is copied: SQLite's own number. */
const CHECKPOINT_PAGES = 1000;
/** Pages, 64 MiB of them, from which on the log is made to begin anew. */
const RESET_PAGES = 16_384;
/** Pages, 2 MiB of them, that are copied in the time commits may be held back. */
const LAST_PAGES = 500;
/** After so many passes commits are held back in any case: where much is written, much is always left. */
const MAX_PASSES = 2;
/** Pages, 1 GiB of them, from which on the thread is not relied on any more. */
const MAX_PAGES = 262_144;
/** How many commits there are between two looks at the log: a look takes about 2 µs. */
const COMMITS_PER_LOOK = 4;
/** How long the thread is left alone after it could not do what it was asked. */
const REST_MS = 1000;
/** How long commits are held back at most: a disk that needs longer for its rest would stop them anyway. */
const MAX_HOLD_MS = 10_000;
/** How long the thread's end is waited for. */
const PATIENCE_MS = 1000;

/**
 * A checkpoint syncs two files: on the event loop that stops every request for as long as the disk takes. SQLite lets
 * another connection do it while this one goes on writing (https://sqlite.org/wal.html#ckpt). But the log can begin
 * anew only when all of it has been copied before the next write; where there is always a next write, it would grow for
 * ever. So when it has grown long, commits are held back for the few milliseconds the rest takes: they wait, the event
 * loop does not.
 *
 * Without the thread, should it die or not keep up, SQLite makes its checkpoints in commits again.
 *
 * A writer and a checkpoint at the same time can damage a database before SQLite 3.51.3; Bun 1.4.5 has 3.54.1:
 * https://sqlite.org/wal.html#walresetbug
 */
export class Checkpoints implements AsyncDisposable {
  readonly #store: Store;
  readonly #log: Log;
  readonly #worker: Worker;
  readonly #look;
  readonly #resetPages: number;
  readonly #decided = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #commitCount = 0;
  #state: "starting" | "idle" | "copying" | "catching up" | "gone" = "starting";
  #passCount = 0;
  #restUntil = 0;
  #hasFailed = false;

  /**
   * @param options.thread URL of `checkpoint-thread.ts`: only the program's first file can name it in the executable too
   * @param options.resetPages from which on the log is made to begin anew
   */
  constructor(
    store: Store,
    options: { thread: string; log: Log; resetPages?: number },
  ) {
    this.#store = store;
    this.#log = options.log;
    this.#resetPages = options.resetPages ?? RESET_PAGES;
    // Does nothing but look: https://sqlite.org/pragma.html#pragma_wal_checkpoint
    this.#look = store.database.prepare<[number, number, number], []>(
      "PRAGMA wal_checkpoint(NOOP)",
    );
    this.#worker = new Worker(options.thread, { ref: false, smol: true });
    this.#worker.addEventListener("error", ({ message }) => {
      this.#giveUp(message);
    });
    this.#worker.addEventListener("close", () => {
      this.#giveUp("It ended.");
    });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Tell>) => {
      this.#hear(data);
    });
    const { file, durability } = store;
    this.#ask({ kind: "open", file, durability });
    store.commit.onCommit(() => {
      this.#commitCount += 1;
      if (this.#commitCount % COMMITS_PER_LOOK === 0) this.#checkSize();
    });
  }

  /** Resolves when the thread is there, or it is known that it will not be. */
  get ready(): Promise<void> {
    return this.#decided.promise;
  }

  /** The store can be closed then: the thread has let go of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#store.commit.onCommit(() => undefined);
    const isThere = this.#state !== "gone";
    this.#state = "gone";
    if (isThere) {
      this.#ask({ kind: "close" });
      await Promise.race([this.#closed.promise, Bun.sleep(PATIENCE_MS)]);
    }
    this.#store.commit.release();
    this.#worker.terminate();
    this.#look.finalize();
  }

  /** Has the log copied when it is worth it. */
  #checkSize(): void {
    const { all, uncopied } = this.#pages();
    if (all > MAX_PAGES && uncopied > CHECKPOINT_PAGES)
      this.#giveUp("The log has grown too long.");
    if (this.#state !== "idle" || performance.now() < this.#restUntil) return;
    if (uncopied < CHECKPOINT_PAGES) return;
    this.#state = "copying";
    this.#ask({ kind: "checkpoint" });
  }

  #hear(told: Tell): void {
    if (told.kind === "closed") {
      this.#closed.resolve();
      return;
    }
    if (this.#state === "gone") return;
    switch (told.kind) {
      case "ready":
        this.#store.database.run("PRAGMA wal_autocheckpoint = 0");
        this.#state = "idle";
        this.#decided.resolve();
        break;
      case "done":
        this.#onCopied();
        break;
      case "failed":
        this.#onFailed(told.reason);
    }
  }

  #onCopied(): void {
    const { all, uncopied } = this.#pages();
    this.#hasFailed = false;
    if (this.#state === "catching up") {
      this.#store.commit.release();
      // Somebody else reads what is old, such as a backup: the log cannot begin anew before that ends.
      if (uncopied > 0) this.#restUntil = performance.now() + REST_MS;
      this.#state = "idle";
      return;
    }
    this.#state = "idle";
    if (all < this.#resetPages || uncopied === 0) return;
    this.#passCount += 1;
    if (uncopied > LAST_PAGES && this.#passCount < MAX_PASSES)
      this.#state = "copying";
    else {
      this.#state = "catching up";
      this.#passCount = 0;
      this.#store.commit.hold(MAX_HOLD_MS);
    }
    this.#ask({ kind: "checkpoint" });
  }

  /** As when a disk is full: commits say so themselves, and the log keeps what they have written. */
  #onFailed(reason: string): void {
    this.#store.commit.release();
    if (this.#state === "starting") {
      this.#giveUp(reason);
      return;
    }
    this.#state = "idle";
    this.#restUntil = performance.now() + REST_MS;
    if (!this.#hasFailed)
      this.#log.warn("The write-ahead log cannot be copied yet.", { reason });
    this.#hasFailed = true;
  }

  #giveUp(reason: string): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#decided.resolve();
    this.#store.commit.release();
    this.#store.database.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    this.#log.warn(
      "The thread for checkpoints is given up: requests will wait for them.",
      { reason },
    );
  }

  #ask(ask: Ask): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, no window
    this.#worker.postMessage(ask);
  }

  /** How many pages are in the log, and how many of them are not in the database file yet. */
  #pages(): { all: number; uncopied: number } {
    const [row] = this.#look.values() as [unknown, number, number][];
    const [, all = 0, copied = 0] = row ?? [];
    return { all, uncopied: all - copied };
  }
}
