/** Whose turn it is: receivers take turns, one that hangs or fails is given time, and nobody waits for it. */
import type { RunId } from "../run/run.ts";
import { MAX_TIMER_MS } from "../units.ts";

/** One receiver, a host and port. What it is owed stays in the store: only this much of it is in memory. */
export interface Lane {
  readonly host: string;
  /** Deliveries with an attempt under way, and whether the host had answered the last one before. */
  readonly inFlight: Map<RunId, boolean>;
  /** When to look for what it is owed; Infinity when nothing is known to be. */
  lookAt: number;
  /** Attempts in a row that did not succeed. */
  failureCount: number;
  /** Until it fires, no attempt is begun. */
  rest: NodeJS.Timeout | undefined;
}

const MAX_IN_ALL = 64;
const MAX_PER_HOST = 4;
/** A host has more than one of them only while no more than these are taken: hosts that hang hold one each. */
const MAX_FOR_MORE = 32;
/** Hosts whose last attempt did not succeed, or had none yet, have no more than these: some are left for those that answer. */
const MAX_FOR_UNPROVEN = 48;
/** How many hosts are remembered to have answered, those that did so last. */
const MAX_PROVEN = 1000;
/** So long a receiver rests after a failure, twice as long after two in a row … */
const FIRST_REST_MS = 5;
/** … and at most so long: ten thousand callbacks owed to a dead host must not keep the server busy. */
const MAX_REST_MS = 100;

export class Lanes implements Disposable {
  readonly #lanes = new Map<string, Lane>();
  /** What may begin an attempt, next in turn first: hosts that have answered last time, and all others. */
  readonly #ready = { proven: new Set<Lane>(), unproven: new Set<Lane>() };
  /** The host that answered last is at the end. */
  readonly #proven = new Set<string>();
  /** What will be due. */
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
   * The lane whose turn it is; the caller says what became of it with `begin`, `wait` or `rest`.
   *
   * @returns undefined when nothing is due, or there is no place for it
   */
  next(): Lane | undefined {
    if (this.#count >= MAX_IN_ALL) return undefined;
    const { proven, unproven } = this.#ready;
    const ofProven = this.#first(proven);
    if (ofProven !== undefined && this.#isTurnOfProven) return ofProven;
    if (this.#unprovenCount >= MAX_FOR_UNPROVEN) return ofProven;
    return this.#first(unproven) ?? ofProven;
  }

  /** Passes by no more lanes than there are places: each of these has one. */
  #first(lanes: ReadonlySet<Lane>): Lane | undefined {
    const mayHaveMore = this.#count < MAX_FOR_MORE;
    for (const lane of lanes)
      if (mayHaveMore || lane.inFlight.size === 0) return lane;
    return undefined;
  }

  /** This host is owed something at this moment. */
  wake(host: string, at: number): void {
    let lane = this.#lanes.get(host);
    if (lane === undefined) {
      lane = {
        host,
        inFlight: new Map(),
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
    const isProven = this.#proven.has(lane.host);
    lane.inFlight.set(id, isProven);
    this.#count += 1;
    if (!isProven) this.#unprovenCount += 1;
    this.#isTurnOfProven = !isProven;
    this.#leave(lane);
    this.#place(lane);
  }

  /** An attempt has ended. */
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

  /** Puts a lane where it belongs now: a lane that is full or rests is in neither set. */
  #place(lane: Lane): void {
    const isBusy = lane.rest !== undefined || lane.inFlight.size >= room(lane);
    const isReady = !isBusy && lane.lookAt <= this.#now();
    const isWaiting = !isBusy && !isReady && lane.lookAt < Infinity;
    // Adding what is there already keeps its turn.
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
