/** Whose turn it is: receivers take turns, one that hangs or fails is given time, and nobody waits for it. */
import type { RunId } from "../run/run.ts";
import { MAX_TIMER_MS } from "../units.ts";

/** One receiver, a host and port. What it is owed stays in the store: only this much of it is in memory. */
export interface Lane {
  readonly host: string;
  /** Deliveries with an attempt under way. */
  readonly inFlight: Set<RunId>;
  /** When to look for what it is owed; Infinity when nothing is known to be. */
  lookAt: number;
  /** Attempts in a row that did not succeed. */
  failureCount: number;
  /** Until it fires, no attempt is begun. */
  rest: NodeJS.Timeout | undefined;
}

const MAX_PER_HOST = 4;
/** So long a receiver rests after a failure, twice as long after two in a row … */
const FIRST_REST_MS = 5;
/** … and at most so long: ten thousand callbacks owed to a dead host must not keep the server busy. */
const MAX_REST_MS = 100;

export class Lanes implements Disposable {
  readonly #lanes = new Map<string, Lane>();
  /** What may begin an attempt, next in turn first. */
  readonly #ready = new Set<Lane>();
  /** What will be due. */
  readonly #waiting = new Set<Lane>();
  readonly #now: () => number;
  readonly #onReady: () => void;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  /** @param options.onReady is called when time has made a lane ready */
  constructor(options: { now: () => number; onReady: () => void }) {
    this.#now = options.now;
    this.#onReady = options.onReady;
  }

  /** The lane whose turn it is; the caller says what became of it with `begin`, `wait` or `rest`. */
  next(): Lane | undefined {
    return this.#ready.values().next().value;
  }

  /** This host is owed something at this moment. */
  wake(host: string, at: number): void {
    let lane = this.#lanes.get(host);
    if (lane === undefined) {
      lane = {
        host,
        inFlight: new Set(),
        lookAt: Infinity,
        failureCount: 0,
        rest: undefined,
      };
      this.#lanes.set(host, lane);
    }
    lane.lookAt = Math.min(lane.lookAt, at);
    this.#place(lane);
  }

  /** Nothing is due before this moment, Infinity when nothing is owed. */
  wait(lane: Lane, until: number): void {
    lane.lookAt = until;
    this.#place(lane);
  }

  /** Nothing is begun for so long. */
  rest(lane: Lane, ms: number): void {
    clearTimeout(lane.rest);
    lane.rest = setTimeout(() => {
      lane.rest = undefined;
      this.#place(lane);
      this.#onReady();
    }, ms);
    this.#place(lane);
  }

  /** An attempt begins; the others come first now. */
  begin(lane: Lane, id: RunId): void {
    lane.inFlight.add(id);
    this.#ready.delete(lane);
    this.#place(lane);
  }

  /** An attempt has ended. */
  end(lane: Lane, id: RunId, isSuccess: boolean): void {
    lane.inFlight.delete(id);
    lane.lookAt = this.#now();
    lane.failureCount = isSuccess ? 0 : lane.failureCount + 1;
    if (isSuccess) this.#place(lane);
    else this.rest(lane, toRestMs(lane.failureCount));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const lane of this.#lanes.values()) clearTimeout(lane.rest);
    this.#ready.clear();
    this.#waiting.clear();
  }

  /** Puts a lane where it belongs now: a lane that is full or rests is in neither set. */
  #place(lane: Lane): void {
    const isBusy = lane.rest !== undefined || lane.inFlight.size >= room(lane);
    const isReady = !isBusy && lane.lookAt <= this.#now();
    const isWaiting = !isBusy && !isReady && lane.lookAt < Infinity;
    // Adding what is there already keeps its turn.
    if (isReady) this.#ready.add(lane);
    else this.#ready.delete(lane);
    if (isWaiting) this.#waiting.add(lane);
    else this.#waiting.delete(lane);
    if (isWaiting && lane.lookAt < this.#timerAt) this.#setTimer(lane.lookAt);
    if (!isBusy && !isReady && !isWaiting && lane.inFlight.size === 0)
      this.#lanes.delete(lane.host);
  }

  /** One timer for whatever is due next. */
  #setTimer(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === Infinity) return;
    const ms = Math.min(Math.max(at - this.#now(), 1), MAX_TIMER_MS);
    this.#timer = setTimeout(() => {
      this.#ripen();
    }, ms);
  }

  #ripen(): void {
    this.#timerAt = Infinity;
    for (const lane of this.#waiting) this.#place(lane);
    let next = Infinity;
    for (const { lookAt } of this.#waiting) next = Math.min(next, lookAt);
    this.#setTimer(next);
    this.#onReady();
  }
}

/** A receiver that keeps failing gets one attempt at a time: all places are for those that answer. */
function room({ failureCount }: Lane): number {
  return failureCount < MAX_PER_HOST ? MAX_PER_HOST : 1;
}

function toRestMs(failureCount: number): number {
  return Math.min(FIRST_REST_MS * 2 ** (failureCount - 1), MAX_REST_MS);
}
