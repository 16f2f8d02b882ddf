/** The slots that runs need: who holds one, who waits for one, and who gets the next one that is free. */
import { Capacity } from "./capacity.ts";
import { type ActionLane, type KeyLane, QueueEntry } from "./lane.ts";
import { RoundRobin } from "./round-robin.ts";

export class Slots {
  readonly #server: Capacity;
  readonly #now: () => number;
  readonly #roundRobin = new RoundRobin();
  #queuedCount = 0;
  #isClosed = false;

  /** @param max the number of slots of the server */
  constructor(max: number, now: () => number) {
    this.#server = new Capacity(max);
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

  /** Whether a run of this key could start now. */
  hasRoom(lane: KeyLane): boolean {
    return this.isFree && lane.hasRoom && lane.action.hasRoom;
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
    if (action.ready.size === 0 && action.own.heldCount > 0)
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
    for (const lane of action.keys) this.#roundRobin.update(lane);
    this.#startQueued();
  }

  join(lane: KeyLane): QueueEntry {
    const entry = this.#enter(lane);
    this.#startOrQueue(entry);
    return entry;
  }

  /** Makes the entry of a run that rests: it gets a slot only after `rejoin`. */
  joinResting(lane: KeyLane): QueueEntry {
    const entry = this.#enter(lane);
    this.#countQueued(lane, 1);
    return entry;
  }

  rest(entry: QueueEntry): void {
    this.#release(entry);
    this.#countQueued(entry.lane, 1);
    this.#startQueued();
  }

  rejoin(entry: QueueEntry): void {
    this.#countQueued(entry.lane, -1);
    this.#startOrQueue(entry);
  }

  leave(entry: QueueEntry): void {
    const { lane } = entry;
    lane.action.leave(lane);
    if (entry.isHeld) {
      this.#release(entry);
      this.#startQueued();
      return;
    }
    this.#countQueued(lane, -1);
    lane.queue.remove(entry);
    this.#roundRobin.update(lane);
  }

  #enter(lane: KeyLane): QueueEntry {
    lane.action.enter(lane);
    return new QueueEntry(lane, this);
  }

  #startOrQueue(entry: QueueEntry): void {
    const { lane } = entry;
    // This overtakes nobody: every queued run waits for something that this run does not need.
    if (this.hasRoom(lane)) {
      entry.turn = undefined;
      this.#take(entry);
      return;
    }
    entry.awaitTurn();
    this.#countQueued(lane, 1);
    lane.queue.add(entry);
    this.#roundRobin.update(lane);
  }

  /** Gives the free slots to queued runs until no slot is free or no queued run can use one. */
  #startQueued(): void {
    if (this.#queuedCount === 0) return;
    while (this.isFree) {
      const entry = this.#roundRobin.next();
      if (entry === undefined) return;
      this.#countQueued(entry.lane, -1);
      this.#take(entry);
      this.#roundRobin.moveBehind(entry.lane);
      entry.giveTurn();
    }
  }

  #take(entry: QueueEntry): void {
    const { lane } = entry;
    const now = this.#now();
    entry.heldSince = now;
    lane.heldCount += 1;
    lane.action.own.take(now);
    lane.action.shared?.take(now);
    this.#server.take(now);
  }

  #release(entry: QueueEntry): void {
    const { lane } = entry;
    const heldSince = entry.heldSince as number;
    const now = this.#now();
    entry.heldSince = undefined;
    lane.heldCount -= 1;
    lane.action.own.release(heldSince, now);
    lane.action.shared?.release(heldSince, now);
    this.#server.release(heldSince, now);
    this.#roundRobin.update(lane);
  }

  #countQueued({ action }: KeyLane, change: 1 | -1): void {
    this.#queuedCount += change;
    action.queuedCount += change;
  }
}
