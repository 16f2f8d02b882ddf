/** The slots that runs run in: who has one, who waits for one, and who gets the next that is free. */
import { type Group, type KeyLane, Ticket, type SlotKeeper } from "./lane.ts";
import type { QueueEntry } from "./queue-entry.ts";
import { RoundRobin } from "./round-robin.ts";

export class Slots implements SlotKeeper {
  readonly #max: number;
  readonly #now: () => number;
  readonly #roundRobin: RoundRobin;
  #runningCount = 0;
  #queuedCount = 0;
  #isClosed = false;

  /** @param max how many there are */
  constructor(max: number, groups: readonly Group[], now: () => number) {
    this.#max = max;
    this.#now = now;
    this.#roundRobin = new RoundRobin(groups);
  }

  get runningCount(): number {
    return this.#runningCount;
  }

  get queuedCount(): number {
    return this.#queuedCount;
  }

  get isFree(): boolean {
    return !this.#isClosed && this.#runningCount < this.#max;
  }

  hasRoom(lane: KeyLane): boolean {
    return this.isFree && lane.hasRoom && lane.action.group.hasRoom;
  }

  /** @see RoundRobin.ratePerMs */
  ratePerMs(action?: KeyLane["action"]): number {
    return this.#roundRobin.ratePerMs(action, this.#now());
  }

  /** From now on nobody gets one. */
  close(): void {
    this.#isClosed = true;
  }

  join(lane: KeyLane): QueueEntry {
    const ticket = this.#enter(lane);
    this.#startOrQueue(ticket);
    return ticket;
  }

  /** For a run that rests: it has to rejoin. */
  joinResting(lane: KeyLane): QueueEntry {
    const ticket = this.#enter(lane);
    this.#count(lane, 1);
    return ticket;
  }

  rest(ticket: Ticket): void {
    this.#giveBack(ticket);
    this.#count(ticket.lane, 1);
    this.#serve();
  }

  rejoin(ticket: Ticket): void {
    this.#count(ticket.lane, -1);
    this.#startOrQueue(ticket);
  }

  leave(ticket: Ticket): void {
    const { lane } = ticket;
    lane.action.leave(lane);
    if (ticket.isHeld) {
      this.#giveBack(ticket);
      this.#serve();
      return;
    }
    this.#count(lane, -1);
    lane.queue.remove(ticket);
    this.#roundRobin.settle(lane);
  }

  #enter(lane: KeyLane): Ticket {
    lane.action.enter(lane);
    return new Ticket(lane, this);
  }

  #startOrQueue(ticket: Ticket): void {
    const { lane } = ticket;
    // Nobody is overtaken: whoever waits now waits for something that this run does not need.
    if (this.hasRoom(lane)) {
      ticket.turn = undefined;
      this.#take(ticket);
      return;
    }
    ticket.awaitTurn();
    this.#count(lane, 1);
    lane.queue.add(ticket);
    this.#roundRobin.settle(lane);
  }

  /** Gives free slots to those who wait, as long as one can use them. */
  #serve(): void {
    if (this.#queuedCount === 0) return;
    while (this.isFree) {
      const ticket = this.#roundRobin.next();
      if (ticket === undefined) return;
      this.#count(ticket.lane, -1);
      this.#take(ticket);
      this.#roundRobin.pass(ticket.lane);
      ticket.giveTurn();
    }
  }

  #take(ticket: Ticket): void {
    const { lane } = ticket;
    const now = this.#now();
    ticket.heldSince = now;
    this.#runningCount += 1;
    lane.runningCount += 1;
    lane.action.holdTimes.begin(now);
    lane.action.group.holdTimes.begin(now);
  }

  #giveBack(ticket: Ticket): void {
    const { lane } = ticket;
    const heldSince = ticket.heldSince as number;
    const now = this.#now();
    ticket.heldSince = undefined;
    this.#runningCount -= 1;
    lane.runningCount -= 1;
    lane.action.holdTimes.end(heldSince, now);
    lane.action.group.holdTimes.end(heldSince, now);
    this.#roundRobin.settle(lane);
  }

  #count({ action }: KeyLane, change: 1 | -1): void {
    this.#queuedCount += change;
    action.queuedCount += change;
  }
}
