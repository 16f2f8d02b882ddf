/** The audit log as a file that only grows: a line an entry, in batches, across rotation and full disks. */
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

/** A pipe without a reader must not hold up the start, nor one that is full the server. */
const FLAGS =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NONBLOCK;
/** Made for its owner alone; a file that is there keeps the mode its owner gave it, for whoever collects it. */
const MODE = 0o600;
const MAX_WAITING_BYTES = 16 * 1024 ** 2;
const RETRY_MS = 1000;

/**
 * What is recorded is written at the end of the same turn of the event loop, and at the latest when this is disposed
 * of. When it cannot be, that is logged once, and the lines wait in memory: up to 16 MiB, then the newest are dropped.
 *
 * The file is looked for by its name before each write, so that it can be rotated by renaming it.
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
   * @param options.retryMs how long a file that cannot be written is left alone
   * @throws {UsageError} the file cannot be opened
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
      lostCount: this.#lostCount,
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

  /** What the disk took before it was full is not written again. */
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
    this.#log.error("The audit log cannot be written: its lines wait.", {
      file: this.#file,
      error,
    });
  }
}
