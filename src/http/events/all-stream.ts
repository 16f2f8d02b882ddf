/** `GET /api/events`: the events of every run that the caller sees, from now on or from where its stream broke off. */
import type { Caller } from "../../access/caller.ts";
import type { Status } from "../../run/run.ts";
import { isVisible } from "../../run/view.ts";
import {
  type EventFeed,
  type FedEvent,
  isAfter,
  parsePlace,
  type Place,
} from "./event-feed.ts";
import {
  FAREWELL,
  HEARTBEAT,
  HELLO,
  helloAt,
  SSE_HEADERS,
  toFrame,
} from "./frames.ts";
import type { LiveQueue } from "./live-queue.ts";
import type { OpenStreams } from "./open-streams.ts";

interface EventFilter {
  readonly statuses?: readonly Status[];
  readonly package?: string;
  readonly action?: string;
  readonly requestId?: string;
}

interface Asked {
  readonly caller: Caller;
  readonly filter: EventFilter;
  readonly lastEventId: string | undefined;
}

interface Parts {
  readonly feed: EventFeed;
  readonly streams: OpenStreams;
}

/** About what an event takes besides its text. */
const EXTRA_BYTES = 128;

/**
 * A reader that comes back hears what it has missed; where that is no longer known, an event `missed` says so first.
 *
 * @throws {ServerError} `invalid_header`, `overloaded`
 */
export async function openAllStream(
  asked: Asked,
  { feed, streams }: Parts,
): Promise<Response> {
  const { lastEventId = "" } = asked;
  const since = lastEventId === "" ? undefined : parsePlace(lastEventId);
  streams.refuseCrowd(asked.caller);
  const latest = await feed.findLatest();
  streams.refuseCrowd(asked.caller);
  const follower = new Follower(
    asked,
    { feed, streams },
    since ?? { seq: latest, part: Infinity },
  );
  const stream = streams.open({
    caller: asked.caller,
    headers: SSE_HEADERS,
    hello: since === undefined ? helloAt(String(latest)) : HELLO,
    heartbeat: HEARTBEAT,
    farewell: FAREWELL,
    source: follower.tell(() => {
      stream.drop();
    }),
    end: () => {
      follower[Symbol.dispose]();
    },
  });
  return stream.response;
}

/** One reader, and how far it is. */
class Follower implements Disposable {
  readonly #asked: Asked;
  readonly #feed: EventFeed;
  readonly #streams: OpenStreams;
  #place: Place;
  #queue: LiveQueue<FedEvent> | undefined;
  #listening: Disposable | undefined;
  #isGone = false;

  constructor(asked: Asked, { feed, streams }: Parts, place: Place) {
    this.#asked = asked;
    this.#feed = feed;
    this.#streams = streams;
    this.#place = place;
  }

  /** @param onSlow called when more waits for the reader than it may */
  async *tell(onSlow: () => void): AsyncGenerator<string> {
    yield* this.#catchUp(Infinity);
    const queue = this.#streams.queue<FedEvent>(this.#asked.caller, onSlow);
    this.#queue = queue;
    const listening = await this.#feed.listen((event) => {
      if (this.#isWanted(event))
        queue.push(event, event.frame.length + EXTRA_BYTES);
    }, onSlow);
    this.#listening = listening;
    if (this.#isGone) this[Symbol.dispose]();
    yield* this.#catchUp(listening.from);
    for (;;) {
      const events = await queue.take();
      if (events.length === 0) return;
      yield this.#take(events);
    }
  }

  [Symbol.dispose](): void {
    this.#isGone = true;
    this.#listening?.[Symbol.dispose]();
    this.#queue?.[Symbol.dispose]();
  }

  /** Tells what the store has, up to the write `to` or to the latest. */
  async *#catchUp(to: number): AsyncGenerator<string> {
    while (!this.#isGone && this.#place.seq < to) {
      const found = await this.#feed.read(this.#place);
      if (found === undefined) {
        yield await this.#sayMissed();
        continue;
      }
      const text = this.#take(found.events.filter((it) => this.#isWanted(it)));
      const isLatest = found.last === this.#place.seq;
      this.#place = { seq: found.last, part: Infinity };
      if (text !== "") yield text;
      if (isLatest && found.events.length === 0) return;
    }
  }

  async #sayMissed(): Promise<string> {
    const seq = await this.#feed.findLatest();
    this.#place = { seq, part: Infinity };
    const data = { time: new Date().toISOString() };
    return toFrame(String(seq), { name: "missed", data });
  }

  /** @returns the frames of those that the reader has not been told */
  #take(events: readonly FedEvent[]): string {
    const fresh = events.filter(({ place }) => isAfter(place, this.#place));
    this.#place = fresh.at(-1)?.place ?? this.#place;
    return fresh.map(({ frame }) => frame).join("");
  }

  #isWanted(event: FedEvent): boolean {
    const { caller, filter } = this.#asked;
    const { statuses, package: packageName, action, requestId } = filter;
    if (packageName !== undefined && event.package !== packageName)
      return false;
    if (action !== undefined && event.action !== action) return false;
    if (requestId !== undefined && event.requestId !== requestId) return false;
    if (statuses !== undefined && !isOfStatus(event, statuses)) return false;
    return isVisible(caller, event);
  }
}

function isOfStatus({ status }: FedEvent, statuses: readonly Status[]) {
  if (status !== undefined) return statuses.includes(status);
  return statuses.some((each) => each !== "queued" && each !== "running");
}
