/** Appends the lines of the audit log to a file, in batches, and copes with rotation and full disks. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  statSync,
  writeSync,
} from "node:fs";
import { ServerError, UsageError } from "../errors.ts";
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
/** Beyond that nothing is changed any more until the file can be written. */
const MAX_WAITING_BYTES = 8 * 1024 ** 2;
const RETRY_MS = 1000;
/** How often refusals that have no lines are summed up in one. */
const SUM_MS = 60_000;

/**
 * Entries are written at the end of the turn of the event loop in which they were recorded, and at the latest when the
 * object is disposed of. When the file cannot be written, that is logged once, and the lines wait in memory. Beyond 8 MiB
 * of them, and in a file that has its full size, refusals are only counted, and one line says how many more there were.
 * What somebody has done is always written: while too much of it waits, `trouble` says that nothing may be done.
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
  readonly #sumMs: number;
  readonly #maxBytes: number;
  #descriptor: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Of the file. */
  #size = 0;
  /** Refusals that have no line. */
  #moreCount = 0;
  #sum: NodeJS.Timeout | undefined;
  #isFailing = false;
  #isScheduled = false;
  #retry: NodeJS.Timeout | undefined;

  /**
   * @param options.maxBytes the size of the file at which refusals are only counted
   * @param options.retryMs how long to wait before a failed write is tried again
   * @param options.sumMs how often refusals without lines are summed up
   * @throws {UsageError} when the file cannot be opened
   */
  constructor(
    file: string,
    log: Log,
    options: { maxBytes?: number; retryMs?: number; sumMs?: number } = {},
  ) {
    this.#file = file;
    this.#log = log;
    this.#maxBytes = options.maxBytes ?? Infinity;
    this.#sumMs = options.sumMs ?? SUM_MS;
    this.#retryMs = options.retryMs ?? RETRY_MS;
    try {
      this.#descriptor = openSync(file, FLAGS, MODE);
      this.#size = fstatSync(this.#descriptor).size;
    } catch (error) {
      throw new UsageError(
        `The audit log ${file} cannot be opened: ${(error as Error).message}. Name another file with --audit-log.`,
        { cause: error },
      );
    }
  }

  get trouble(): ServerError | undefined {
    if (this.#waitingBytes <= MAX_WAITING_BYTES) return undefined;
    return new ServerError(
      "store_unavailable",
      "The audit log cannot be written, so requests that would have to be recorded in it are refused.",
      { retryAfterSeconds: 60 },
    );
  }

  record(entry: AuditEntry): void {
    const isFull =
      this.#size >= this.#maxBytes || this.#waitingBytes > MAX_WAITING_BYTES;
    if (isFull && entry.outcome === "refused") {
      this.#moreCount += entry.more ?? 1;
      this.#sum ??= setTimeout(() => {
        this.#sumUp();
      }, this.#sumMs).unref();
      return;
    }
    this.#append(entry);
  }

  #append(entry: AuditEntry): void {
    const line = Buffer.from(toLine(entry, new Date()));
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
    this.#sumUp();
    this.#flush();
    clearTimeout(this.#retry);
    closeSync(this.#descriptor);
  }

  #sumUp(): void {
    clearTimeout(this.#sum);
    this.#sum = undefined;
    const more = this.#moreCount;
    if (more === 0) return;
    this.#moreCount = 0;
    this.#append({ event: "access", outcome: "refused", more });
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
    this.#log.info("The audit log can be written again.", { file: this.#file });
  }

  #reopenWhereMoved(): void {
    const named = statSync(this.#file, { throwIfNoEntry: false });
    const open = fstatSync(this.#descriptor);
    this.#size = open.size;
    if (named?.ino === open.ino && named.dev === open.dev) return;
    const reopened = openSync(this.#file, FLAGS, MODE);
    closeSync(this.#descriptor);
    this.#descriptor = reopened;
    this.#size = fstatSync(reopened).size;
  }

  /** Bytes that were written before an error are not written again. */
  #writeWaiting(): void {
    let rest = Buffer.concat(this.#waiting);
    try {
      while (rest.length > 0) {
        const byteCount = writeSync(this.#descriptor, rest);
        this.#size += byteCount;
        rest = rest.subarray(byteCount);
      }
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
      "The audit log cannot be written. Its lines are kept in memory until it can.",
      {
        file: this.#file,
        error,
      },
    );
  }
}
