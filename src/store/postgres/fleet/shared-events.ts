/** The fleet's side of `EventStore`: whoever follows all runs sees the same order on every replica. */
import type { EventStore } from "../../../run/kept-log/event-store.ts";
import type { Reader } from "../connect/reader.ts";
import { findAfter, giveOrder, keepOrder } from "../events.ts";
import { type Following, SAY_MS } from "./following.ts";
import type { SharedNews } from "./shared-news.ts";

/** How long the order is kept after somebody has said that he follows it. */
const KEEP_MS = 11 * 60_000;
/** How often that is said again. */
const RENEW_MS = 60_000;
/** How often what is recorded gets its order where nobody reads it: else it could not be told what is too old. */
const TEND_MS = 5000;

export class SharedEvents implements EventStore, Disposable {
  readonly #reader: Pick<Reader, "ask">;
  readonly #news: Pick<SharedNews, "onWrite">;
  readonly #following: Following;
  readonly #tending: NodeJS.Timeout;
  readonly #startedAt = performance.now();

  constructor(parts: {
    readonly reader: Pick<Reader, "ask">;
    readonly news: Pick<SharedNews, "onWrite">;
    readonly following: Following;
  }) {
    this.#reader = parts.reader;
    this.#news = parts.news;
    this.#following = parts.following;
    this.#tending = setInterval(() => {
      this.#tend();
    }, TEND_MS);
    this.#tending.unref();
  }

  keep(): Promise<number> {
    this.#following.say();
    return keepOrder(this.#reader, KEEP_MS);
  }

  /** Other replicas may follow: it is kept no more when nobody has renewed it for a while. */
  forget(): Promise<void> {
    return Promise.resolve();
  }

  findAfter(after: number): ReturnType<EventStore["findAfter"]> {
    return findAfter(this.#reader, after);
  }

  onWrite(listener: () => void): Disposable {
    this.#following.say();
    let renewedAt = performance.now();
    const timer = setInterval(() => {
      this.#following.say();
      if (performance.now() - renewedAt < RENEW_MS) return;
      renewedAt = performance.now();
      // When it is not kept any more, the next look says what was missed.
      this.keep().catch(() => {});
    }, SAY_MS);
    const hearing = this.#news.onWrite(listener);
    return {
      [Symbol.dispose]: () => {
        clearInterval(timer);
        hearing[Symbol.dispose]();
      },
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#tending);
  }

  #tend(): void {
    // Those who followed before this replica was there have left it on.
    const saidAt = Math.max(this.#following.allHeardAt, this.#startedAt);
    if (performance.now() - saidAt < KEEP_MS + TEND_MS)
      giveOrder(this.#reader).catch(() => {});
  }
}
