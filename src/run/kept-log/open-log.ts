/** What a run has logged and is not written yet, and how much may still come. */
import type { RunFacts } from "../events.ts";
import { toLineEntry } from "./entry.ts";
import type { LogLine, Progress } from "./line.ts";
import type { KeptProgress, NewEntries } from "./log-store.ts";

interface Written {
  readonly text: string;
  /** Bytes of the text, with its line end. */
  readonly size: number;
  /** Undefined for what is no line. */
  readonly said: { readonly line: LogLine; readonly at: number } | undefined;
}

type Taken = NewEntries & { readonly lines: readonly Written["said"][] };

export class OpenLog {
  readonly run: RunFacts;
  #waiting: Written[] = [];
  #waitingBytes = 0;
  /** Bytes of all that is kept or on its way. */
  #bytes = 0;
  #isCut = false;
  #lostCount = 0;
  #progress: Progress | undefined;
  #progressAt = 0;

  constructor(run: RunFacts) {
    this.run = run;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  addEntry(text: string): void {
    this.#add({ text, said: undefined });
  }

  /**
   * @param maxBytes where the log is cut, which its last line says
   */
  addLine(
    { text, line, at }: { text: string; line: LogLine; at: number },
    maxBytes: number,
  ): void {
    if (this.#lostCount > 0) this.#sayLoss(at);
    if (this.#isCut && maxBytes !== Infinity) return;
    if (this.#bytes + text.length > maxBytes) {
      this.#isCut = true;
      this.#say(
        `The log of this run is cut here: more than ${maxBytes} bytes are not kept (--max-log-bytes).`,
        at,
      );
      return;
    }
    this.#add({ text, said: { line, at } });
  }

  setProgress(progress: Progress): void {
    this.#progress = progress;
  }

  /** Takes what comes first, of about so many bytes. */
  takeEntries(maxBytes: number): Taken | undefined {
    if (this.#waiting.length === 0) return undefined;
    let bytes = 0;
    let count = 0;
    for (const { size } of this.#waiting) {
      if (bytes >= maxBytes) break;
      bytes += size;
      count += 1;
    }
    const taken = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#waitingBytes -= bytes;
    return {
      text: taken.map(({ text }) => text).join("\n"),
      count,
      bytes,
      lines: taken.map(({ said }) => said),
    };
  }

  takeProgress(): KeptProgress | undefined {
    const progress = this.#progress;
    if (progress === undefined) return undefined;
    this.#progress = undefined;
    // Whoever watches tells an earlier one from a later one by its moment.
    this.#progressAt = Math.max(Date.now(), this.#progressAt + 1);
    return { ...progress, at: this.#progressAt };
  }

  /** @param bytes how much is on disk, also of what was logged before the server started */
  learn(bytes: number): void {
    this.#bytes = Math.max(this.#bytes, bytes + this.#waitingBytes);
  }

  lose(count: number): void {
    this.#lostCount += count;
  }

  #sayLoss(at: number): void {
    const count = this.#lostCount;
    this.#lostCount = 0;
    this.#say(
      `${count} ${count === 1 ? "line" : "lines"} before this one could not be kept.`,
      at,
    );
  }

  #say(message: string, at: number): void {
    const line: LogLine = { level: "warn", message };
    this.#add({ text: toLineEntry(line, at), said: { line, at } });
  }

  #add(written: Omit<Written, "size">): void {
    const size = Buffer.byteLength(written.text) + 1;
    this.#waiting.push({ ...written, size });
    this.#waitingBytes += size;
    this.#bytes += size;
  }
}
