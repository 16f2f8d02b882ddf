/** The group commit: every write of one turn of the event loop shares one transaction. */
import type { Database } from "bun:sqlite";
import { ServerError } from "../../errors.ts";

interface Write {
  readonly change: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  /** What came of it, to be told once it is committed. */
  value?: unknown;
  error?: unknown;
}

/**
 * Collects writes and commits them together, in the order they were made. A write's promise resolves only after
 * the transaction that holds it is on disk, so whoever awaits it may tell others of it.
 *
 * One flush a turn of the event loop costs one `fdatasync` for all callers of that turn; between flushes nothing
 * uncommitted can be read, because a flush is one synchronous step.
 */
export class GroupCommit implements Disposable {
  #writes: Write[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #isClosed = false;
  #isHeld = false;
  #holdTimer: NodeJS.Timeout | undefined;
  #onCommit: () => void = () => undefined;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
  }

  /**
   * Adds a write to the next transaction.
   *
   * @param change runs its statements synchronously; when it throws, its own statement is undone and the promise
   *   rejects, the other writes go on
   * @throws {ServerError} `store_unavailable` when the transaction cannot be committed: nothing of it is kept;
   *   `shutting_down` when it was disposed of
   */
  write<Value>(change: () => Value): Promise<Value> {
    if (this.#isClosed)
      return Promise.reject(
        new ServerError("shutting_down", "The run store is closed."),
      );
    return new Promise<Value>((resolve, reject) => {
      this.#writes.push({ change, resolve, reject });
      if (!this.#isHeld) this.#schedule();
    });
  }

  /** From now on `listener` is called after each commit, in place of the one before. */
  onCommit(listener: () => void): void {
    this.#onCommit = listener;
  }

  /** Lets writes wait until `release`, at most `ms`. */
  hold(ms: number): void {
    this.#isHeld = true;
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#holdTimer = setTimeout(() => {
      this.release();
    }, ms);
  }

  /** Commits what has been waiting. Nothing changes where nothing is held. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    clearTimeout(this.#holdTimer);
    if (this.#writes.length > 0) this.#schedule();
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.flush();
    });
  }

  /** Commits what has been collected, now. */
  flush(): void {
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const writes = this.#writes;
    if (writes.length === 0) return;
    this.#writes = [];
    try {
      this.#begin.run();
      for (const write of writes) {
        try {
          write.value = write.change();
        } catch (error) {
          // SQLite itself ends the transaction on a full disk or an I/O error: then nothing of it is kept.
          if (!this.#database.inTransaction) throw error;
          write.error = error;
        }
      }
      this.#commit.run();
    } catch (error) {
      if (this.#database.inTransaction) this.#rollback.run();
      const reason = error instanceof Error ? error.message : String(error);
      const unavailable = new ServerError(
        "store_unavailable",
        `The run store cannot be written: ${reason}.`,
        { cause: error, retryAfterSeconds: 5 },
      );
      for (const { reject } of writes) reject(unavailable);
      return;
    }
    for (const { resolve, reject, value, error } of writes) {
      if (error === undefined) resolve(value as never);
      else reject(error);
    }
    this.#onCommit();
  }

  [Symbol.dispose](): void {
    this.release();
    this.flush();
    this.#isClosed = true;
    this.#begin.finalize();
    this.#commit.finalize();
    this.#rollback.finalize();
  }
}
