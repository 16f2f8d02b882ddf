/** Appends the lines of the audit log to a file, in batches, and copes with rotation and full disks. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  statSync,
  writeSync,
} from "node:fs";
import { UsageError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Audit, type AuditEntry, toLine } from "./entry.ts";

/** A pipe without a reader must not block the start, and a full one must not block the server. */
const FLAGS =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NONBLOCK;
/** A new file is for its owner alone. An existing file keeps its mode, so that its owner can let a collector read it. */
const MODE = 0o600;
const MAX_WAITING_BYTES = 16 * 1024 ** 2;
const RETRY_MS = 1000;

/**
 * Entries are written at the end of the turn of the event loop in which they were recorded, and at the latest when the
 * object is disposed of. When the file cannot be written, that is logged once, and the lines wait in memory: up to
 * 16 MiB, after which the newest are dropped and counted.
 *
 * The file is looked up by its name before each write, so that renaming it rotates it.
 *
 * This is not sonic-boom, which pino writes with: after a reopening that failed, sonic-boom closes the same descriptor
 * several times, and another file may have it by then; its `flushSync` forces each batch to disk; and opening a
 * pipe, it waits for a reader.
 */
export class AuditFile implements Audit, Disposable {
  readonly #file: string;
  readonly #log: Log;
  readonly #retryMs: number;
  #descriptor: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #lostCount = 0;
  #isFailing = false;
  #isScheduled = false;
  #retry: NodeJS.Timeout | undefined;

  /**
   * @param options.retryMs how long to wait before a failed write is tried again
   * @throws {UsageError} when the file cannot be opened
   */
  constructor(file: string, log: Log, options: { retryMs?: number } = {}) {
    this.#file = file;
    this.#log = log;
    this.#retryMs = options.retryMs ?? RETRY_MS;
    try {
      this.#descriptor = openSync(file, FLAGS, MODE);
    } catch (error) {
      throw new UsageError(
        `The audit log ${file} cannot be opened: ${(error as Error).message}. Name another file with --audit-log.`,
        { cause: error },
      );
    }
  }

  record(entry: AuditEntry): void {
    const line = Buffer.from(toLine(entry, new Date()));
    if (this.#waitingBytes + line.length > MAX_WAITING_BYTES) {
      this.#lostCount += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  [Symbol.dispose](): void {
    this.#flush();
    clearTimeout(this.#retry);
    closeSync(this.#descriptor);
  }

  #flush(): void {
    if (this.#waitingBytes === 0) return;
    try {
      this.#reopenWhereMoved();
      this.#writeWaiting();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#log.info("The audit log is written again.", {
      file: this.#file,
      lost_count: this.#lostCount,
    });
    this.#lostCount = 0;
  }

  #reopenWhereMoved(): void {
    const named = statSync(this.#file, { throwIfNoEntry: false });
    const open = fstatSync(this.#descriptor);
    if (named?.ino === open.ino && named.dev === open.dev) return;
    const reopened = openSync(this.#file, FLAGS, MODE);
    closeSync(this.#descriptor);
    this.#descriptor = reopened;
  }

  /** Bytes that were written before an error are not written again. */
  #writeWaiting(): void {
    let rest = Buffer.concat(this.#waiting);
    try {
      while (rest.length > 0)
        rest = rest.subarray(writeSync(this.#descriptor, rest));
    } finally {
      this.#waiting = rest.length > 0 ? [rest] : [];
      this.#waitingBytes = rest.length;
    }
  }

  #fail(error: unknown): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#flush();
    }, this.#retryMs).unref();
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#log.error(
      "The audit log cannot be written. Its lines wait in memory.",
      {
        file: this.#file,
        error,
      },
    );
  }
}
