/** Decides which receiver is next: receivers take turns, and no receiver waits for one that hangs or fails. */
import type { RunId } from "../run/run.ts";
import { MAX_TIMER_MS } from "../units.ts";

/** One receiver, a host and port. Its deliveries stay in the store: this is all of it that is in memory. */
export interface Lane {
  readonly host: string;
  /** The deliveries with an attempt under way, and for each whether the host was proven when it began. */
  readonly inFlight: Map<RunId, boolean>;
  /** Set while the store is asked for a delivery: whether the host had taken the last one before. */
  looking: boolean | undefined;
  /** When to look for its next delivery; Infinity when nothing is known to be owed. */
  lookAt: number;
  /** The number of attempts in a row that did not succeed. */
  failureCount: number;
  /** No attempt begins until this timer fires. */
  rest: NodeJS.Timeout | undefined;
}

const MAX_IN_ALL = 64;
const MAX_PER_HOST = 4;
/** A host may have a second attempt under way only while fewer than these are: hosts that hang then hold one each. */
const MAX_FOR_MORE = 32;
/** Hosts whose last attempt did not succeed, and new ones, share these: the rest are left for hosts that answer. */
const MAX_FOR_UNPROVEN = 48;
/** How many of the hosts that answered most recently are remembered. */
const MAX_PROVEN = 1000;
/** How long a receiver rests after a failure; twice as long after two in a row … */
const FIRST_REST_MS = 5;
/** … and at most this long: it keeps ten thousand callbacks owed to a dead host from keeping the server busy. */
const MAX_REST_MS = 100;

export class Lanes implements Disposable {
  readonly #lanes = new Map<string, Lane>();
  /** The lanes that may begin an attempt, next in turn first: hosts that answered last time, and all others. */
  readonly #ready = { proven: new Set<Lane>(), unproven: new Set<Lane>() };
  /** The hosts that answered, the most recent one last. */
  readonly #proven = new Set<string>();
  /** The lanes with a delivery that will be due later. */
  readonly #waiting = new Set<Lane>();
  readonly #now: () => number;
  readonly #onReady: () => void;
  #count = 0;
  #unprovenCount = 0;
  #isTurnOfProven = true;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  /** @param options.onReady is called when time has made a lane ready */
  constructor(options: { now: () => number; onReady: () => void }) {
    this.#now = options.now;
    this.#onReady = options.onReady;
  }

  /**
   * Finds the lane whose turn it is; the caller then takes room with `take`.
   *
   * @returns undefined when nothing is due or there is no room for an attempt
   */
  next(): Lane | undefined {
    if (this.#count >= MAX_IN_ALL) return undefined;
    const { proven, unproven } = this.#ready;
    const ofProven = this.#first(proven);
    if (ofProven !== undefined && this.#isTurnOfProven) return ofProven;
    if (this.#unprovenCount >= MAX_FOR_UNPROVEN) return ofProven;
    return this.#first(unproven) ?? ofProven;
  }

  /** Skips no more lanes than there are attempts under way: each lane it skips has one. */
  #first(lanes: ReadonlySet<Lane>): Lane | undefined {
    const mayHaveMore = this.#count < MAX_FOR_MORE;
    for (const lane of lanes)
      if (mayHaveMore || lane.inFlight.size === 0) return lane;
    return undefined;
  }

  /** Says that this host is owed something, due at this moment. */
  wake(host: string, at: number): void {
    let lane = this.#lanes.get(host);
    if (lane === undefined) {
      lane = {
        host,
        inFlight: new Map(),
        looking: undefined,
        lookAt: Infinity,
        failureCount: 0,
        rest: undefined,
      };
      this.#lanes.set(host, lane);
    }
    lane.lookAt = Math.min(lane.lookAt, at);
    this.#place(lane);
  }

  /** Begins no attempt for this many milliseconds. */
  rest(lane: Lane, ms: number): void {
    clearTimeout(lane.rest);
    lane.rest = setTimeout(() => {
      lane.rest = undefined;
      this.#place(lane);
      this.#onReady();
    }, ms);
    this.#place(lane);
  }

  /** Takes room for an attempt while the store is asked for the delivery; the other lanes come first now. */
  take(lane: Lane): void {
    const isProven = this.#proven.has(lane.host);
    lane.looking = isProven;
    // What becomes due while the store is asked brings this forward again.
    lane.lookAt = Infinity;
    this.#count += 1;
    if (!isProven) this.#unprovenCount += 1;
    this.#isTurnOfProven = !isProven;
    this.#leave(lane);
    this.#place(lane);
  }

  /** Gives back the room that was taken: nothing is due before this moment, Infinity when nothing is owed. */
  giveBack(lane: Lane, until: number): void {
    if (lane.looking === false) this.#unprovenCount -= 1;
    this.#count -= 1;
    lane.looking = undefined;
    lane.lookAt = Math.min(lane.lookAt, until);
    this.#place(lane);
  }

  /** An attempt begins, in the room that was taken. */
  begin(lane: Lane, id: RunId): void {
    lane.inFlight.set(id, lane.looking === true);
    lane.looking = undefined;
    lane.lookAt = this.#now();
    this.#place(lane);
  }

  /** Says that an attempt has ended. */
  end(lane: Lane, id: RunId, isSuccess: boolean): void {
    if (lane.inFlight.get(id) === false) this.#unprovenCount -= 1;
    this.#count -= 1;
    lane.inFlight.delete(id);
    this.#remember(lane, isSuccess);
    lane.lookAt = this.#now();
    lane.failureCount = isSuccess ? 0 : lane.failureCount + 1;
    if (isSuccess) this.#place(lane);
    else this.rest(lane, toRestMs(lane.failureCount));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const lane of this.#lanes.values()) clearTimeout(lane.rest);
    this.#ready.proven.clear();
    this.#ready.unproven.clear();
    this.#waiting.clear();
  }

  /** Puts a lane into the set where it belongs now: a lane that is full or rests is in none. */
  #place(lane: Lane): void {
    const isBusy =
      lane.rest !== undefined ||
      lane.looking !== undefined ||
      lane.inFlight.size >= room(lane);
    const isReady = !isBusy && lane.lookAt <= this.#now();
    const isWaiting = !isBusy && !isReady && lane.lookAt < Infinity;
    // A lane that is already in the set keeps its turn.
    const { proven, unproven } = this.#ready;
    if (!isReady) this.#leave(lane);
    else if (this.#proven.has(lane.host)) proven.add(lane);
    else unproven.add(lane);
    if (isWaiting) this.#waiting.add(lane);
    else this.#waiting.delete(lane);
    if (isWaiting && lane.lookAt < this.#timerAt) this.#setTimer(lane.lookAt);
    if (!isBusy && !isReady && !isWaiting && lane.inFlight.size === 0)
      this.#lanes.delete(lane.host);
  }

  #leave(lane: Lane): void {
    this.#ready.proven.delete(lane);
    this.#ready.unproven.delete(lane);
  }

  #remember(lane: Lane, isSuccess: boolean): void {
    this.#leave(lane);
    this.#proven.delete(lane.host);
    if (!isSuccess) return;
    this.#proven.add(lane.host);
    if (this.#proven.size <= MAX_PROVEN) return;
    const [oldest = ""] = this.#proven;
    this.#proven.delete(oldest);
    const forgotten = this.#lanes.get(oldest);
    if (forgotten === undefined) return;
    this.#leave(forgotten);
    this.#place(forgotten);
  }

  /** Sets the one timer, for the delivery that is due next. */
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

/** A receiver that keeps failing gets one attempt at a time, which leaves room for those that answer. */
function room({ failureCount }: Lane): number {
  return failureCount < MAX_PER_HOST ? MAX_PER_HOST : 1;
}

function toRestMs(failureCount: number): number {
  return Math.min(FIRST_REST_MS * 2 ** (failureCount - 1), MAX_REST_MS);
}
