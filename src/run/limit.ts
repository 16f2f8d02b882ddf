/**
 * The limits on runs at once: of the server, of each action, of each of its keys. Says who gets a place to run in, who a
 * turn in the queue, and who is refused.
 *
 * A slot that becomes free goes round between the actions that can use it, then between the keys of the action; inside a
 * key it is first come, first served. No slot is free while a queued run may use it.
 */
import {
  ActionLane,
  Group,
  type KeyLane,
  type Limited,
  Ticket,
  type Usher,
} from "./lane.ts";
import { overloaded } from "./overload.ts";
import type { Place } from "./place.ts";
import { Rota } from "./rota.ts";

export class Limit implements Usher {
  readonly #maxRunning: number;
  readonly #maxQueued: number;
  readonly #now: () => number;
  readonly #inProcess = new Group(Infinity);
  readonly #isolated: Group;
  readonly #rota: Rota;
  /** By address. As many as there are actions, so none is ever dropped. */
  readonly #actions = new Map<string, ActionLane>();
  #runningCount = 0;
  #queuedCount = 0;
  #isClosed = false;

  /**
   * @param max.isolated runs in child processes at once: what waits for one takes no slot from the others
   * @param now a clock that never jumps, in milliseconds
   */
  constructor(
    max: { running: number; queued: number; isolated?: number },
    now: () => number = () => performance.now(),
  ) {
    this.#now = now;
    this.#maxRunning = max.running;
    this.#maxQueued = max.queued;
    this.#isolated = new Group(max.isolated ?? Infinity);
    this.#rota = new Rota([this.#inProcess, this.#isolated]);
  }

  get runningCount(): number {
    return this.#runningCount;
  }

  /** Runs that wait for a slot, or to be tried again. */
  get queuedCount(): number {
    return this.#queuedCount;
  }

  /** How many keys have runs. */
  get keyCount(): number {
    const counts = this.#actions.values().map(({ keyCount }) => keyCount);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * @param key what the action's `concurrencyKey` answers; "" where it has none
   * @throws {ServerError} `overloaded` when the run could not start at once and the queue is full
   */
  reserve(entry: Limited, key: string): Place {
    const lane = this.#actionOf(entry).laneOf(key);
    if (!this.#hasRoom(lane)) this.#refuseWhenFull(lane.action);
    return this.#join(lane);
  }

  /**
   * Refuses what `reserve` would refuse whatever the key, so that nothing more of a request need be read.
   *
   * @throws {ServerError} `overloaded`
   */
  refuseEarly(entry: Limited): void {
    const action = this.#actionOf(entry);
    const mayStart =
      entry.action.concurrencyKey === undefined
        ? this.#hasRoom(action.laneOf(""))
        : this.#hasSlot && action.group.hasRoom;
    if (!mayStart) this.#refuseWhenFull(action);
  }

  /** A turn for a run that was accepted earlier: it is never refused. */
  enqueue(entry: Limited, key: string): Place {
    return this.#join(this.#actionOf(entry).laneOf(key));
  }

  /** From now on nobody gets a turn: what is queued stays queued. */
  close(): void {
    this.#isClosed = true;
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
    this.#rota.settle(lane);
  }

  #join(lane: KeyLane): Place {
    const ticket = new Ticket(lane, this);
    lane.action.enter(lane);
    this.#startOrQueue(ticket);
    return ticket;
  }

  #startOrQueue(ticket: Ticket): void {
    const { lane } = ticket;
    // Nobody is overtaken: whoever waits now waits for something that this run does not need.
    if (this.#hasRoom(lane)) {
      this.#take(ticket);
      return;
    }
    ticket.awaitTurn();
    this.#count(lane, 1);
    lane.queue.add(ticket);
    this.#rota.settle(lane);
  }

  /** Gives free slots to those who wait, as long as one can use them. */
  #serve(): void {
    if (this.#queuedCount === 0) return;
    while (this.#hasSlot) {
      const ticket = this.#rota.next();
      if (ticket === undefined) return;
      this.#count(ticket.lane, -1);
      this.#take(ticket);
      this.#rota.pass(ticket.lane);
      ticket.giveTurn();
    }
  }

  #take(ticket: Ticket): void {
    const { lane } = ticket;
    const now = this.#now();
    ticket.heldSince = now;
    this.#runningCount += 1;
    lane.runningCount += 1;
    lane.action.tenure.begin(now);
    lane.action.group.tenure.begin(now);
  }

  #giveBack(ticket: Ticket): void {
    const { lane } = ticket;
    const heldSince = ticket.heldSince as number;
    const now = this.#now();
    ticket.heldSince = undefined;
    this.#runningCount -= 1;
    lane.runningCount -= 1;
    lane.action.tenure.end(heldSince, now);
    lane.action.group.tenure.end(heldSince, now);
    this.#rota.settle(lane);
  }

  #count({ action }: KeyLane, change: 1 | -1): void {
    this.#queuedCount += change;
    action.queuedCount += change;
  }

  get #hasSlot(): boolean {
    return !this.#isClosed && this.#runningCount < this.#maxRunning;
  }

  #hasRoom(lane: KeyLane): boolean {
    return this.#hasSlot && lane.hasRoom && lane.action.group.hasRoom;
  }

  #refuseWhenFull(action: ActionLane): void {
    if (action.queuedCount >= action.maxQueued)
      throw overloaded(`runs of ${action.address}`, {
        runningCount: action.tenure.count,
        queuedCount: action.queuedCount,
        ratePerMs: this.#rota.ratePerMs(action, this.#now()),
      });
    if (this.#queuedCount < this.#maxQueued) return;
    // One run of each action may queue in any case: a flood of another does not keep it out.
    if (action.queuedCount === 0 && this.#maxQueued > 0) return;
    throw overloaded("runs", {
      runningCount: this.#runningCount,
      queuedCount: this.#queuedCount,
      ratePerMs: this.#rota.ratePerMs(undefined, this.#now()),
    });
  }

  #actionOf(entry: Limited): ActionLane {
    const known = this.#actions.get(entry.address);
    if (known !== undefined) return known;
    const action = new ActionLane(
      entry,
      entry.isolation === "process" ? this.#isolated : this.#inProcess,
    );
    this.#actions.set(entry.address, action);
    return action;
  }
}
