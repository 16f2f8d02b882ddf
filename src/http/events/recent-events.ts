/** The latest events of all runs, so that a stream of them can be resumed after a broken connection. */
import type { Status } from "../../run/run.ts";
import { type SeenEvent, toEventObject } from "./event-object.ts";
import type { LiveEvents } from "./live-events.ts";

/** An event as every stream of all runs tells it. */
export interface RecentEvent {
  readonly seq: number;
  readonly name: string;
  /** Its data, as JSON. */
  readonly text: string;
  readonly owner: string;
  readonly package: string;
  readonly action: string;
  /** The status that the run has after it; undefined for any of a finished run. */
  readonly status: Status | undefined;
}

/** Characters of events that are remembered. */
const MAX_LENGTH = 4 * 1024 ** 2;
/** How long events are remembered when nobody follows them. */
const LINGER_MS = 60_000;

export class RecentEvents implements Disposable {
  /** Tells the events of this process from those of another. */
  readonly epoch = Date.now().toString(36);
  readonly #live: LiveEvents;
  readonly #hearers = new Set<(event: RecentEvent) => void>();
  #events: RecentEvent[] = [];
  #length = 0;
  #seq = 0;
  #listening: Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(live: LiveEvents) {
    this.#live = live;
  }

  /** The number of the latest event. */
  get lastSeq(): number {
    return this.#seq;
  }

  /** Calls `hear` with every event from now on, until what it returns is disposed of. */
  listen(hear: (event: RecentEvent) => void): Disposable {
    clearTimeout(this.#timer);
    this.#listening ??= this.#live.ofAll((event) => {
      this.#add(event);
    });
    this.#hearers.add(hear);
    return {
      [Symbol.dispose]: () => {
        if (!this.#hearers.delete(hear) || this.#hearers.size > 0) return;
        this.#timer = setTimeout(() => {
          this[Symbol.dispose]();
        }, LINGER_MS);
        this.#timer.unref();
      },
    };
  }

  /** @returns the events after this one; undefined when some of them are forgotten */
  after(seq: number): readonly RecentEvent[] | undefined {
    if (this.#listening === undefined || seq > this.#seq) return undefined;
    const firstSeq = this.#events[0]?.seq ?? this.#seq + 1;
    if (seq < firstSeq - 1) return undefined;
    return this.#events.filter((event) => event.seq > seq);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#listening?.[Symbol.dispose]();
    this.#listening = undefined;
    this.#events = [];
    this.#length = 0;
    // What happens until somebody listens again is missed by those who come back.
    this.#seq += 1;
  }

  #add(event: SeenEvent): void {
    const { name, data } = toEventObject(event);
    const text = JSON.stringify(data);
    this.#seq += 1;
    const { owner, package: packageName, action } = event.run;
    const recent: RecentEvent = {
      seq: this.#seq,
      name,
      text,
      owner,
      package: packageName,
      action,
      status: statusAfter(event),
    };
    this.#events.push(recent);
    this.#length += text.length;
    if (this.#length > MAX_LENGTH) this.#forgetHalf();
    for (const hear of this.#hearers) hear(recent);
  }

  #forgetHalf(): void {
    this.#events.splice(0, Math.ceil(this.#events.length / 2));
    this.#length = this.#events.reduce((sum, { text }) => sum + text.length, 0);
  }
}

function statusAfter(event: SeenEvent): Status | undefined {
  if (event.kind === "accepted") return "queued";
  if (event.kind === "finished") return event.outcome.status;
  const isLater = event.kind === "owed" || event.kind === "callback_attempt";
  return isLater ? undefined : "running";
}
