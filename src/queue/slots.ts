/** The slots that runs need: who holds one, who waits for one, and who gets the next one that is free. */
import { Capacity } from "./capacity.ts";
import type { KeyShare } from "./key-share.ts";
import type { ActionLane, KeyLane } from "./lane.ts";
import { OwnerLane, QueueEntry } from "./owner-lane.ts";
import { RoundRobin } from "./round-robin.ts";

/** Something that all keys share: how many of it are taken, and how many there are. */
interface Shared {
  readonly all: number;
  readonly max: number;
  readonly of: (owner: OwnerLane) => number;
}

export class Slots {
  readonly #server: Capacity;
  readonly #share: KeyShare;
  readonly #now: () => number;
  readonly #roundRobin = new RoundRobin((owner, action) =>
    this.#isInShareOf(owner, action),
  );
  /** Those that have or had runs: there are no more of them than keys. */
  readonly #owners = new Map<string, OwnerLane>();
  #queuedCount = 0;
  #isClosed = false;

  /** @param max the number of slots of the server */
  constructor(max: number, share: KeyShare, now: () => number) {
    this.#server = new Capacity(max);
    this.#share = share;
    this.#now = now;
  }

  get runningCount(): number {
    return this.#server.heldCount;
  }

  get queuedCount(): number {
    return this.#queuedCount;
  }

  /** Whether the server has a free slot. */
  get isFree(): boolean {
    return !this.#isClosed && this.#server.hasRoom;
  }

  ownerOf(id: string): OwnerLane {
    let owner = this.#owners.get(id);
    if (owner === undefined) {
      owner = new OwnerLane(id);
      this.#owners.set(id, owner);
    }
    return owner;
  }

  /** Whether a run of this concurrency key could start now. */
  hasRoom(lane: KeyLane, owner: OwnerLane): boolean {
    return lane.hasRoom && this.mayStart(lane.action, owner);
  }

  /** Whether a run of this action could start now, if its concurrency key had room. */
  mayStart(action: ActionLane, owner: OwnerLane): boolean {
    return this.isFree && action.hasRoom && this.#isInShareOf(owner, action);
  }

  /**
   * Whether a key may have one more of something that all keys share.
   *
   * @param taken.of how many of it a key has
   */
  isInShare(owner: OwnerLane, { of, all, max }: Shared): boolean {
    const others = () =>
      this.#owners
        .values()
        .filter((other) => other !== owner)
        .map(of);
    return this.#share.allowsOneMore(owner.id, {
      own: of(owner),
      all,
      max,
      others,
    });
  }

  /** Whether there would be room if the API key did not have its share already. */
  isOverShare(lane: KeyLane, owner: OwnerLane): boolean {
    const isFree = this.isFree && lane.hasRoom && lane.action.hasRoom;
    return isFree && !this.#isInShareOf(owner, lane.action);
  }

  /**
   * Estimates how many queued runs start in a millisecond.
   *
   * @param action only runs of this action; undefined for runs of any action
   */
  ratePerMs(action?: ActionLane): number {
    const now = this.#now();
    if (action === undefined) return this.#server.ratePerMs(now);
    // Its runs wait for each other, not for runs of other actions.
    if (action.readyCount === 0 && action.own.heldCount > 0)
      return action.own.ratePerMs(now);
    const full = action.hasRoom ? undefined : action.shared;
    const rate = (full ?? this.#server).ratePerMs(now);
    return rate / Math.max(1, this.#roundRobin.countReady(full));
  }

  /** From now on no run gets a slot. */
  close(): void {
    this.#isClosed = true;
  }

  /** Starts what the changed limits of an action allow. */
  refresh(action: ActionLane): void {
    for (const lane of action.keys) this.#roundRobin.updateAll(lane);
    this.#startQueued();
  }

  join(lane: KeyLane, owner: OwnerLane): QueueEntry {
    const entry = this.#enter(lane, owner);
    this.#startOrQueue(entry);
    return entry;
  }

  /** Makes the entry of a run that rests: it gets a slot only after `rejoin`. */
  joinResting(lane: KeyLane, owner: OwnerLane): QueueEntry {
    const entry = this.#enter(lane, owner);
    this.#countQueued(entry, 1);
    return entry;
  }

  rest(entry: QueueEntry): void {
    this.#release(entry);
    this.#countQueued(entry, 1);
    this.#startQueued();
  }

  rejoin(entry: QueueEntry): void {
    this.#countQueued(entry, -1);
    this.#startOrQueue(entry);
  }

  leave(entry: QueueEntry): void {
    const { lane, owner } = entry;
    lane.action.leave(lane);
    if (entry.isHeld) {
      this.#release(entry);
      this.#startQueued();
      return;
    }
    if (entry.list !== undefined) {
      const queue = owner.queueOf(lane);
      queue.entries.remove(entry);
      this.#roundRobin.update(queue);
    }
    this.#countQueued(entry, -1);
  }

  #enter(lane: KeyLane, owner: OwnerLane): QueueEntry {
    lane.action.enter(lane);
    return new QueueEntry(lane, owner, this);
  }

  /** Whether a key may have one more slot, and one more child process where the action needs one. */
  #isInShareOf(owner: OwnerLane, { shared }: ActionLane): boolean {
    const { heldCount: all, max } = this.#server;
    const mayHave =
      this.#share.isPlenty(owner.heldCount, all, max) ||
      this.isInShare(owner, { all, max, of: heldBy });
    if (!mayHave || shared === undefined) return mayHave;
    const { heldCount, max: maxShared } = shared;
    return this.isInShare(owner, {
      all: heldCount,
      max: maxShared,
      of: childrenOf,
    });
  }

  #startOrQueue(entry: QueueEntry): void {
    const { lane, owner } = entry;
    // This overtakes nobody: every queued run waits for something that this run does not need.
    if (this.hasRoom(lane, owner)) {
      entry.turn = undefined;
      this.#take(entry);
      return;
    }
    entry.awaitTurn();
    this.#countQueued(entry, 1);
    const queue = owner.queueOf(lane);
    queue.entries.add(entry);
    this.#roundRobin.update(queue);
  }

  /** Gives the free slots to queued runs until no slot is free or no queued run can use one. */
  #startQueued(): void {
    if (this.#queuedCount === 0) return;
    while (this.isFree) {
      const entry = this.#roundRobin.next();
      if (entry === undefined) return;
      const queue = entry.owner.queueOf(entry.lane);
      this.#take(entry);
      this.#roundRobin.moveBehind(queue);
      this.#countQueued(entry, -1);
      entry.giveTurn();
    }
  }

  #take(entry: QueueEntry): void {
    const { lane, owner } = entry;
    const { own, shared } = lane.action;
    const now = this.#now();
    entry.heldSince = now;
    lane.heldCount += 1;
    owner.heldCount += 1;
    own.take(now);
    if (shared !== undefined) {
      shared.take(now);
      owner.childCount += 1;
    }
    this.#server.take(now);
    if (!lane.hasRoom) this.#roundRobin.updateAll(lane);
  }

  #release(entry: QueueEntry): void {
    const { lane, owner } = entry;
    const { own, shared } = lane.action;
    const heldSince = entry.heldSince as number;
    const now = this.#now();
    entry.heldSince = undefined;
    lane.heldCount -= 1;
    owner.heldCount -= 1;
    own.release(heldSince, now);
    if (shared !== undefined) {
      shared.release(heldSince, now);
      owner.childCount -= 1;
    }
    this.#server.release(heldSince, now);
    this.#roundRobin.updateAll(lane);
  }

  #countQueued({ lane, owner }: QueueEntry, change: 1 | -1): void {
    this.#queuedCount += change;
    lane.action.queuedCount += change;
    owner.countQueued(lane.action, change);
  }
}

function heldBy({ heldCount }: OwnerLane): number {
  return heldCount;
}

function childrenOf({ childCount }: OwnerLane): number {
  return childCount;
}
