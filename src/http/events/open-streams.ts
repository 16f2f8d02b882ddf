/** Streams that are open: how many there may be, their heartbeats, and their end. */
import { type Caller, isAdmin } from "../../access/caller.ts";
import type { ByteBudget } from "../../byte-budget.ts";
import { ServerError } from "../../errors.ts";
import { ALONE, type KeyShare } from "../../queue/key-share.ts";
import { LiveQueue } from "./live-queue.ts";

/** Bytes that wait for one reader, beyond which it is too slow. */
const MAX_WAITING_BYTES = 1024 ** 2;
/** How often a stream says that it is still there, where it has nothing to tell: proxies cut what is silent. */
const HEARTBEAT_MS = 15_000;
/** Heartbeats after which a reader that has taken nothing is given up. */
const MAX_STUCK_BEATS = 4;
/** The server may have room again when others have closed theirs. */
const RETRY_SECONDS = 5;

/** A stream as a reader gets it. */
export interface StreamOptions {
  /** Whose it is. */
  readonly caller: Caller;
  readonly headers: Record<string, string>;
  /** What is sent: first of all, to show that the stream is alive, and to a reader that was too slow. */
  readonly hello?: string;
  readonly heartbeat?: string;
  readonly farewell?: string;
  /** Text, piece by piece: the next one is asked for when the reader has taken the one before. */
  readonly source: AsyncGenerator<string>;
  /** Lets the source end. Called once, however the stream ends. */
  readonly end: () => void;
}

export class OpenStreams implements Disposable {
  readonly #max: number;
  readonly #held: ByteBudget;
  readonly #share: KeyShare;
  readonly #streams = new Set<OpenStream>();
  /** A place for each stream, and for what is like one. */
  readonly #places = new Set<{ readonly owner: string }>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param options.held counts what waits for readers
   * @param options.share how many of them one key may have
   */
  constructor(options: {
    readonly max: number;
    readonly held: ByteBudget;
    readonly share?: KeyShare;
  }) {
    this.#max = options.max;
    this.#held = options.held;
    this.#share = options.share ?? ALONE;
  }

  get count(): number {
    return this.#places.size;
  }

  /** @throws {ServerError} `overloaded`, `rate_limited` when the key has its share */
  refuseCrowd(caller: Caller): void {
    const { keyId } = caller;
    if (keyId !== "" && isAdmin(caller)) return;
    const retry = { retryAfterSeconds: RETRY_SECONDS };
    if (this.count >= this.#max)
      throw new ServerError(
        "overloaded",
        `This server has ${toStreams(this.count)} open, which is its limit (--max-streams). Try again later.`,
        retry,
      );
    const counts = Map.groupBy(this.#places, ({ owner }) => owner);
    const own = counts.get(keyId)?.length ?? 0;
    counts.delete(keyId);
    const others = () => counts.values().map(({ length }) => length);
    const taken = { own, all: this.count, max: this.#max, others };
    if (this.#share.allowsOneMore(keyId, taken)) return;
    throw new ServerError(
      "rate_limited",
      `This API key has ${toStreams(own)} open, which is its share. Close one or try again later.`,
      retry,
    );
  }

  /**
   * Takes a place for what may become a stream, or is like one.
   *
   * @returns what gives it back
   * @throws {ServerError} `overloaded`, `rate_limited` when the key has its share
   */
  enter(caller: Caller): Disposable {
    this.refuseCrowd(caller);
    return this.#take(caller.keyId);
  }

  #take(owner: string): Disposable {
    const place = { owner };
    this.#places.add(place);
    return {
      [Symbol.dispose]: () => {
        this.#places.delete(place);
      },
    };
  }

  /** @returns what holds events until their reader takes them @param onOverflow see `LiveQueue` */
  queue<Item>({ keyId }: Caller, onOverflow: () => void): LiveQueue<Item> {
    const counted = this.#held.count(keyId);
    return new LiveQueue(MAX_WAITING_BYTES, counted, onOverflow);
  }

  open(options: StreamOptions): OpenStream {
    const place = this.#take(options.caller.keyId);
    const stream = new OpenStream(options, () => {
      place[Symbol.dispose]();
      this.#streams.delete(stream);
      if (this.#streams.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => {
      for (const each of this.#streams) each.beat();
    }, HEARTBEAT_MS);
    return stream;
  }

  /** Ends all of them. */
  [Symbol.dispose](): void {
    for (const stream of this.#streams) stream.close();
  }
}

function toStreams(count: number): string {
  return `${count} ${count === 1 ? "stream" : "streams"}`;
}

const encoder = new TextEncoder();

export class OpenStream {
  readonly response: Response;
  readonly #options: StreamOptions;
  readonly #onEnd: () => void;
  #stuckBeats = 0;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(options: StreamOptions, onEnd: () => void) {
    this.#options = options;
    this.#onEnd = onEnd;
    const { headers, hello, source } = options;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          if (hello !== undefined) this.#send(hello);
        },
        pull: async () => {
          try {
            const { value, done } = await source.next();
            if (done === true) this.close();
            else this.#send(value);
          } catch (error) {
            this.#controller?.error(error);
            this.#finish();
          }
        },
        cancel: () => {
          this.#finish();
        },
      },
      { highWaterMark: 0 },
    );
    this.response = new Response(body, {
      headers: { "cache-control": "no-store", ...headers },
    });
  }

  /** Says that it is still there, to a reader that has taken what was sent before. */
  beat(): void {
    const { heartbeat } = this.#options;
    const isTaken = (this.#controller?.desiredSize ?? 0) >= 0;
    this.#stuckBeats = isTaken ? 0 : this.#stuckBeats + 1;
    if (isTaken && heartbeat !== undefined) this.#send(heartbeat);
    if (this.#stuckBeats >= MAX_STUCK_BEATS) this.drop();
  }

  /** Ends it for a reader that is too slow: politely where it can go on later, else so that it knows that it has not all. */
  drop(): void {
    const { farewell } = this.#options;
    if (farewell === undefined) {
      this.#controller?.error(new Error("The reader is too slow."));
      this.#finish();
      return;
    }
    this.#send(farewell);
    this.close();
  }

  close(): void {
    const controller = this.#controller;
    this.#finish();
    controller?.close();
  }

  #send(text: string): void {
    this.#controller?.enqueue(encoder.encode(text));
  }

  #finish(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#options.end();
    this.#onEnd();
  }
}
