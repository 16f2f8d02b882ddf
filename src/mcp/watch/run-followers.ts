/** Calls that follow their runs: each hears what its own run logs, and how far that has come. */
import type { RunEvents } from "../../run/events.ts";
import type { News } from "../../run/elsewhere/news.ts";
import { isLineEntry } from "../../run/kept-log/entry.ts";
import type { LogLine, Progress } from "../../run/kept-log/line.ts";
import type { LogReader } from "../../run/kept-log/log-store.ts";
import type { RunId } from "../../run/run.ts";

export type Told =
  | { readonly kind: "log"; readonly seq: number; readonly line: LogLine }
  | { readonly kind: "progress"; readonly progress: Progress };

interface Parts {
  readonly events: RunEvents;
  readonly news: Pick<News, "watch">;
  readonly logs: LogReader;
}

export interface Following extends Disposable {
  /** Tells what the run has logged elsewhere and was not told yet. */
  catchUp(): Promise<void>;
}

/** It listens only while a call follows: what nobody hears need not be made. */
export class RunFollowers {
  readonly #parts: Parts;
  readonly #followers = new Map<RunId, Follower>();
  #listening: Disposable | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Calls `listener` with what the run tells, until what this returns is disposed of. */
  follow(id: RunId, listener: (told: Told) => void): Following {
    const { events, news, logs } = this.#parts;
    const follower = new Follower(id, listener, logs);
    this.#followers.set(id, follower);
    this.#listening ??= events.listen(["log", "progress"], (event) =>
      this.#followers.get(event.run.id)?.hear(event),
    );
    const watching = news.watch(id, () => void follower.look());
    return {
      catchUp: () => follower.catchUp(),
      [Symbol.dispose]: () => {
        watching[Symbol.dispose]();
        this.#followers.delete(id);
        if (this.#followers.size > 0) return;
        this.#listening?.[Symbol.dispose]();
        this.#listening = undefined;
      },
    };
  }
}

class Follower {
  readonly #id: RunId;
  readonly #listener: (told: Told) => void;
  readonly #logs: LogReader;
  /** Lines up to this one have been told. */
  #seq = 0;
  #looking: Promise<void> | undefined;
  #isElsewhere = false;

  constructor(id: RunId, listener: (told: Told) => void, logs: LogReader) {
    this.#id = id;
    this.#listener = listener;
    this.#logs = logs;
  }

  hear(told: Told): void {
    if (told.kind === "log") {
      if (told.seq <= this.#seq) return;
      this.#seq = told.seq;
    }
    this.#listener(told);
  }

  /** Something may have happened in another process: the store knows what. */
  async look(): Promise<void> {
    this.#isElsewhere = true;
    // What cannot be read now is read at the next look.
    this.#looking ??= this.#read()
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
      });
    await this.#looking;
  }

  async catchUp(): Promise<void> {
    if (!this.#isElsewhere) return;
    // The one that is under way may have read before the end.
    await this.#looking;
    await this.look();
  }

  async #read(): Promise<void> {
    const progress = await this.#logs.findProgress(this.#id);
    for (;;) {
      const kept = await this.#logs.findAfter(this.#id, this.#seq);
      if (kept === undefined) break;
      for (const [index, text] of kept.text.split("\n").entries()) {
        const seq = kept.firstSeq + index;
        if (!isLineEntry(text)) this.#seq = Math.max(this.#seq, seq);
        else this.hear({ kind: "log", seq, line: JSON.parse(text) as LogLine });
      }
      this.#seq = Math.max(this.#seq, kept.lastSeq);
    }
    if (progress !== undefined) this.hear({ kind: "progress", progress });
  }
}
