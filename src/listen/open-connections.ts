/**
 * Knows about how many connections are open. Bun has no hook that counts them, so the descriptors of the process are
 * counted, less those that it had when it began to listen.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";

const DESCRIPTORS = "/proc/self/fd";
/** How often they are counted, in milliseconds. */
const LOOK_MS = 250;
/** The same where each of them has to be listed. */
const LIST_MS = 1000;
/** Descriptors that connections leave to files and child processes. */
const RESERVE = 256;

export class OpenConnections implements Disposable {
  readonly #before: number;
  readonly #max: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #count = 0;

  /** @param max how many there may be; Infinity for as many as the system allows */
  constructor(max: number) {
    this.#before = countDescriptors();
    const left = maxDescriptors() - this.#before;
    // A system with a very low limit leaves half of it to connections.
    this.#max = Math.min(max, Math.max(left - RESERVE, left / 2));
    // Another system has nowhere to count them.
    if (this.#before === 0 || this.#max === Infinity) return;
    this.#timer = setInterval(
      () => {
        this.#count = countDescriptors() - this.#before;
      },
      knowsCount() ? LOOK_MS : LIST_MS,
    ).unref();
  }

  get isFull(): boolean {
    return this.#count > this.#max;
  }

  /** Whether those on which nothing is asked should go soon. */
  get isCrowded(): boolean {
    return this.#count > this.#max / 2;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** @returns 0 where that is not known */
function countDescriptors(): number {
  try {
    return statSync(DESCRIPTORS).size || readdirSync(DESCRIPTORS).length;
  } catch {
    return 0;
  }
}

/** Whether the size of the folder is their number, as it is since Linux 6.2: https://docs.kernel.org/filesystems/proc.html */
function knowsCount(): boolean {
  return statSync(DESCRIPTORS).size > 0;
}

/** @returns the limit of the process; Infinity for no limit */
function maxDescriptors(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
