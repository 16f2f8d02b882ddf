/**
 * Decides which receiver is next. Keys have shares of the places, and in a share receivers take turns: no key waits for
 * another one's receivers, and no receiver waits for one that hangs or fails.
 */
import type { Receiver } from "../run/delivery/delivery.ts";
import type { RunId } from "../run/run.ts";
import { Due } from "./due.ts";
import { type Lane, Share, STANDINGS, type Standing } from "./lane.ts";
import { Answering } from "./answering.ts";

/** Attempts at once, without the slow ones. */
const MAX_IN_ALL = 128;
const MAX_PER_KEY = 48;
/** So many each key has in any case, even when others have all places. */
const MIN_PER_KEY = 4;
/** Receivers that have not answered their last attempt, and new ones, share these of a key's places. */
const MAX_FOR_UNPROVEN = 40;
/** Attempts at once to one host of one key, whatever its port. */
const MAX_PER_SITE = 16;
/** A receiver may have a second attempt under way only while its key has fewer than these. */
const MAX_FOR_MORE = 24;
/** An attempt that takes longer is slow: it gives its place to the next one, while there are not too many of them. */
const SLOW_MS = 1000;
const MAX_SLOW_IN_ALL = 1024;
const MAX_SLOW_PER_KEY = 256;
/** How long a receiver rests after a failure; twice as long after two in a row … */
const FIRST_REST_MS = 5;
/** … and at most this long: it keeps ten thousand callbacks owed to a dead host from keeping the server busy. */
const MAX_REST_MS = 100;

export class Lanes implements Disposable {
  readonly #lanes = new Map<string, Lane>();
  readonly #shares = new Map<string, Share>();
  readonly #answering = new Answering();
  /** The lanes with a delivery that will be due later. */
  readonly #due: Due<Lane>;
  readonly #now: () => number;
  readonly #onReady: () => void;
  #count = 0;
  #slowCount = 0;

  /** @param options.onReady is called when time has made a lane ready */
  constructor(options: { now: () => number; onReady: () => void }) {
    this.#now = options.now;
    this.#onReady = options.onReady;
    this.#due = new Due({
      now: options.now,
      onDue: (lanes) => {
        for (const lane of lanes) this.#place(lane);
        this.#onReady();
      },
    });
  }

  /**
   * Finds the lane whose turn it is; the caller then takes room with `take`. The key that has the fewest attempts under
   * way comes first.
   *
   * @returns undefined when nothing is due or there is no room for an attempt
   */
  next(): Lane | undefined {
    let best: Lane | undefined;
    for (const share of this.#shares.values()) {
      if (!share.isReady || !this.#hasRoom(share)) continue;
      if (best !== undefined && share.count >= best.share.count) continue;
      best = first(share) ?? best;
    }
    return best;
  }

  /** Says that this receiver is owed something, due at this moment. */
  wake(receiver: Receiver, at: number): void {
    const lane = this.#laneOf(receiver);
    lane.lookAt = Math.min(lane.lookAt, at);
    this.#place(lane);
  }

  /** Says that this receiver has answered, in the time of an earlier process. */
  remember(receiver: Receiver): void {
    this.#answering.add(receiver);
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
    lane.isLooking = true;
    // What becomes due while the store is asked brings this forward again.
    lane.lookAt = Infinity;
    this.#change(lane, 1);
    lane.site.count += 1;
    this.#place(lane);
  }

  /** Gives back the room that was taken: nothing is due before this moment, Infinity when nothing is owed. */
  giveBack(lane: Lane, until: number): void {
    lane.isLooking = false;
    lane.lookAt = Math.min(lane.lookAt, until);
    this.#change(lane, -1);
    this.#leaveSite(lane);
    this.#place(lane);
  }

  /** An attempt begins, in the room that was taken. */
  begin(lane: Lane, id: RunId): void {
    lane.isLooking = false;
    lane.inFlight.set(id, { isSlow: false, timer: undefined });
    this.#watch(lane, id);
    lane.lookAt = this.#now();
    this.#place(lane);
  }

  /** Says that an attempt has ended. */
  end(lane: Lane, id: RunId, isSuccess: boolean): void {
    const place = lane.inFlight.get(id);
    clearTimeout(place?.timer);
    if (place?.isSlow === true) this.#changeSlow(lane, -1);
    else this.#change(lane, -1);
    lane.inFlight.delete(id);
    if (isSuccess) this.#answering.add(lane);
    else this.#answering.delete(lane);
    lane.lookAt = this.#now();
    lane.failureCount = isSuccess ? 0 : lane.failureCount + 1;
    this.#leaveSite(lane);
    if (isSuccess) this.#place(lane);
    else this.rest(lane, toRestMs(lane.failureCount));
  }

  [Symbol.dispose](): void {
    this.#due[Symbol.dispose]();
    for (const lane of this.#lanes.values()) {
      clearTimeout(lane.rest);
      for (const { timer } of lane.inFlight.values()) clearTimeout(timer);
    }
    this.#shares.clear();
  }

  #laneOf({ owner, host }: Receiver): Lane {
    const name = toName({ owner, host });
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const share = this.#shares.get(owner) ?? new Share(owner);
    this.#shares.set(owner, share);
    share.laneCount += 1;
    const lane: Lane = {
      owner,
      host,
      share,
      site: share.siteOf(host),
      inFlight: new Map(),
      isLooking: false,
      lookAt: Infinity,
      failureCount: 0,
      rest: undefined,
    };
    this.#lanes.set(name, lane);
    return lane;
  }

  #hasRoom({ count }: Share): boolean {
    if (count >= MAX_PER_KEY) return false;
    return this.#count < MAX_IN_ALL || count < MIN_PER_KEY;
  }

  /** A receiver that has not answered gets one attempt at a time, which leaves room for those that have. */
  #roomOf(lane: Lane): number {
    return this.#answering.has(lane) ? MAX_PER_SITE : 1;
  }

  #change({ share }: Lane, by: 1 | -1): void {
    share.count += by;
    this.#count += by;
  }

  #changeSlow({ share }: Lane, by: 1 | -1): void {
    share.slowCount += by;
    this.#slowCount += by;
  }

  /** Lets an attempt give its place back when it has taken long, as soon as there is room among the slow ones. */
  #watch(lane: Lane, id: RunId): void {
    const place = lane.inFlight.get(id);
    if (place === undefined) return;
    place.timer = setTimeout(() => {
      const isFull =
        lane.share.slowCount >= MAX_SLOW_PER_KEY ||
        this.#slowCount >= MAX_SLOW_IN_ALL;
      if (isFull) {
        this.#watch(lane, id);
        return;
      }
      place.isSlow = true;
      this.#change(lane, -1);
      this.#changeSlow(lane, 1);
      this.#onReady();
    }, SLOW_MS);
  }

  #leaveSite({ site }: Lane): void {
    site.count -= 1;
    const [parked] = site.parked;
    if (parked !== undefined) this.#place(parked);
  }

  /** Puts a lane where it belongs now: a lane that is full or rests is nowhere. */
  #place(lane: Lane): void {
    const { share, site } = lane;
    const isBusy =
      lane.rest !== undefined ||
      lane.isLooking ||
      lane.inFlight.size >= this.#roomOf(lane);
    const isReady = !isBusy && lane.lookAt <= this.#now();
    const isWaiting = !isBusy && !isReady && lane.lookAt < Infinity;
    if (isReady && site.count < MAX_PER_SITE) {
      const { ready } = share;
      const standing = this.#standingOf(lane);
      // A lane that is already in the set keeps its turn.
      if (!ready[standing].has(lane)) {
        share.leave(lane);
        ready[standing].add(lane);
      }
    } else {
      share.leave(lane);
      if (isReady) site.parked.add(lane);
    }
    if (isWaiting) this.#due.set(lane, lane.lookAt);
    else this.#due.delete(lane);
    if (!isBusy && !isReady && !isWaiting && lane.inFlight.size === 0)
      this.#forget(lane);
  }

  #standingOf(lane: Lane): Standing {
    if (this.#answering.has(lane)) return "answers";
    return lane.failureCount === 0 ? "is new" : "fails";
  }

  #forget(lane: Lane): void {
    const { share, site } = lane;
    if (!this.#lanes.delete(toName(lane))) return;
    share.laneCount -= 1;
    if (site.count === 0) share.sites.delete(site.name);
    if (share.laneCount === 0) this.#shares.delete(share.owner);
  }
}

/** @returns the lane of this key whose turn it is: it skips no more lanes than there are attempts under way */
function first(share: Share): Lane | undefined {
  for (const standing of STANDINGS) {
    if (standing !== "answers" && share.count >= MAX_FOR_UNPROVEN)
      return undefined;
    for (const lane of share.ready[standing]) {
      if (share.count >= MAX_FOR_MORE && lane.inFlight.size > 0) continue;
      if (lane.site.count < MAX_PER_SITE) return lane;
      share.leave(lane);
      lane.site.parked.add(lane);
    }
  }
  return undefined;
}

function toRestMs(failureCount: number): number {
  return Math.min(FIRST_REST_MS * 2 ** (failureCount - 1), MAX_REST_MS);
}

/** The id of a key has no line break. */
function toName({ owner, host }: Receiver): string {
  return `${owner}\n${host}`;
}
