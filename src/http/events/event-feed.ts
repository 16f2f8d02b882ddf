/**
 * The events of all runs in the order in which the store keeps them: what comes is read once, and told to every stream.
 * A place in this order means the same to every process that uses the store.
 */
import { setImmediate } from "node:timers/promises";
import { ServerError } from "../../errors.ts";
import type { EventStore, KeptFacts } from "../../run/kept-log/event-store.ts";
import type { Status } from "../../run/run.ts";
import { toFactObject } from "./event-object.ts";
import { toFrame } from "./frames.ts";

/** How far in the order a reader is. */
export interface Place {
  readonly seq: number;
  /** How many events of the write `seq` it has been told; Infinity for all. */
  readonly part: number;
}

/** An event as every stream of all runs tells it. */
export interface FedEvent {
  readonly place: Place;
  readonly frame: string;
  readonly owner: string;
  readonly package: string;
  readonly action: string;
  readonly requestId: string;
  /** The status that the run has after it; undefined for any of a finished run. */
  readonly status: Status | undefined;
}

type Hear = (event: FedEvent) => void;

/** The form of an id of an event. */
export const EVENT_ID = /^([0-9]{1,15})(?:[.]([0-9]{1,9}))?$/;
/** How long events gather before they are read together. */
const GATHER_MS = 10;
/** How long the order is kept when nobody follows it. */
const LINGER_MS = 10 * 60_000;

export class EventFeed implements AsyncDisposable {
  readonly #store: EventStore;
  readonly #onError: (error: unknown) => void;
  readonly #hearers = new Set<{ hear: Hear; onLost: () => void }>();
  /** What was told last; undefined while nobody hears. */
  #last: number | undefined;
  #listening: Disposable | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #lingering: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param onError is told why events could not be read, which is tried again with the next ones */
  constructor(store: EventStore, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
    // An earlier process may have left it on.
    this.#linger();
  }

  /**
   * @returns the number of the latest write
   * @throws {ServerError} `store_unavailable`, `shutting_down`
   */
  async findLatest(): Promise<number> {
    return await this.#store.keep();
  }

  /**
   * Reads what comes after a place: the first of it.
   *
   * @returns undefined when it is not known any more what came after that place
   */
  async read(
    place: Place,
  ): Promise<{ last: number; events: FedEvent[] } | undefined> {
    const isWhole = place.part === Infinity;
    const found = await this.#store.findAfter(
      isWhole ? place.seq : place.seq - 1,
    );
    if (found === undefined) return undefined;
    const events = found.writes
      .flatMap(toFedEvents)
      .filter((event) => isAfter(event.place, place));
    return { last: found.last, events };
  }

  /**
   * Calls `hear` with every event after the write `from`, until what it returns is disposed of; `onLost` where there was
   * more than could be read.
   */
  async listen(
    hear: Hear,
    onLost: () => void,
  ): Promise<Disposable & { from: number }> {
    const hearer = { hear, onLost };
    const latest = this.#last ?? (await this.#store.keep());
    this.#hearers.add(hearer);
    clearTimeout(this.#lingering);
    this.#last ??= latest;
    this.#listening ??= this.#store.onWrite(() => {
      this.#gather();
    });
    // Others may have written since it was asked for.
    this.#gather();
    return {
      from: this.#last,
      [Symbol.dispose]: () => {
        if (!this.#hearers.delete(hearer) || this.#hearers.size > 0) return;
        this.#rest();
        this.#linger();
      },
    };
  }

  /** Tells what there is, and then nothing more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#lingering);
    await this.#reading;
    await this.#readAll();
    this.#rest();
    // The streams have it in the next turn.
    await setImmediate();
  }

  #rest(): void {
    this.#listening?.[Symbol.dispose]();
    this.#listening = undefined;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#last = undefined;
  }

  #linger(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => {
      this.#store.forget().catch(this.#onError);
    }, LINGER_MS);
    this.#lingering.unref();
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      // What was written while it read may have been too late for it.
      if (this.#reading !== undefined) this.#gather();
      else
        this.#reading = this.#readAll().finally(() => {
          this.#reading = undefined;
        });
    }, GATHER_MS);
  }

  async #readAll(): Promise<void> {
    try {
      let isMore = true;
      while (isMore) isMore = await this.#readMore();
    } catch (error) {
      this.#onError(error);
    }
  }

  /** @returns whether there may be more */
  async #readMore(): Promise<boolean> {
    const before = this.#last;
    if (before === undefined) return false;
    const found = await this.read({ seq: before, part: Infinity });
    const last = found?.last ?? (await this.#store.keep());
    if (this.#last !== before) return false;
    this.#last = last;
    for (const { hear, onLost } of this.#hearers)
      if (found === undefined) onLost();
      else for (const event of found.events) hear(event);
    return last !== before;
  }
}

export function isAfter(one: Place, other: Place): boolean {
  return (
    one.seq > other.seq || (one.seq === other.seq && one.part > other.part)
  );
}

/** The id of the event that is told last at this place: `7`, or `7.2` when there are more of the same write. */
function toId({ seq, part }: Place): string {
  return part === Infinity ? `${seq}` : `${seq}.${part}`;
}

/** @throws {ServerError} `invalid_header` */
export function parsePlace(id: string): Place {
  const [, seq, part] = EVENT_ID.exec(id) ?? [];
  if (seq === undefined)
    throw new ServerError(
      "invalid_header",
      `last-event-id must be the id of an event of this stream, not ${JSON.stringify(id)}.`,
    );
  return {
    seq: Number(seq),
    part: part === undefined ? Infinity : Number(part),
  };
}

function toFedEvents({ seq, run, facts }: KeptFacts): FedEvent[] {
  const { owner, package: packageName, action, requestId } = run;
  return facts.map((fact, index) => {
    const part = index === facts.length - 1 ? Infinity : index + 1;
    const place = { seq, part };
    return {
      place,
      frame: toFrame(toId(place), toFactObject(run, fact)),
      owner,
      package: packageName,
      action,
      requestId,
      status: statusAfter(fact),
    };
  });
}

function statusAfter(fact: KeptFacts["facts"][number]): Status | undefined {
  if (fact.kind === "accepted") return "queued";
  if (fact.kind === "finished") return fact.outcome.status;
  const isLater = fact.kind === "owed" || fact.kind === "callback_attempt";
  return isLater ? undefined : "running";
}
