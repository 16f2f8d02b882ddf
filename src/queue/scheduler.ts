/**
 * The limits on runs at once: of the server, of what some actions share, of each action, of each of its keys. Says who
 * gets a place to run in, who a turn in the queue, and who is refused.
 *
 * A slot that becomes free goes round between the actions that can use it, then between the keys of the action; inside a
 * key it is first come, first served. No slot is free while a queued run may use it.
 */
import { ActionLane, Group, type Limited } from "./lane.ts";
import { overloaded } from "./overload.ts";
import type { QueueEntry } from "./queue-entry.ts";
import { Slots } from "./slots.ts";

/** Something that there is less of than slots, such as child processes: a run of these actions needs one, too. */
export interface Share {
  readonly max: number;
  readonly includes: (entry: Limited) => boolean;
}

export class Scheduler {
  readonly #maxQueued: number;
  readonly #shares: readonly { of: Share; group: Group }[];
  /** Of actions that share nothing but the server. */
  readonly #others = new Group(Infinity);
  readonly #slots: Slots;
  /** By address. As many as there are actions, so none is ever dropped. */
  readonly #actions = new Map<string, ActionLane>();

  /**
   * @param max.shares what some actions share besides the server
   * @param now a clock that never jumps, in milliseconds
   */
  constructor(
    max: { running: number; queued: number; shares?: readonly Share[] },
    now: () => number = () => performance.now(),
  ) {
    this.#maxQueued = max.queued;
    const { shares = [] } = max;
    this.#shares = shares.map((of) => ({ of, group: new Group(of.max) }));
    const groups = [this.#others, ...this.#shares.map(({ group }) => group)];
    this.#slots = new Slots(max.running, groups, now);
  }

  get runningCount(): number {
    return this.#slots.runningCount;
  }

  /** Runs that wait for a slot, or to be tried again. */
  get queuedCount(): number {
    return this.#slots.queuedCount;
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
  reserve(entry: Limited, key: string): QueueEntry {
    const lane = this.#actionOf(entry).laneOf(key);
    if (!this.#slots.hasRoom(lane)) this.#refuseWhenFull(lane.action);
    return this.#slots.join(lane);
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
        ? this.#slots.hasRoom(action.laneOf(""))
        : this.#slots.isFree && action.group.hasRoom;
    if (!mayStart) this.#refuseWhenFull(action);
  }

  /** A turn for a run that was accepted earlier: it is never refused. */
  enqueue(entry: Limited, key: string): QueueEntry {
    return this.#slots.join(this.#actionOf(entry).laneOf(key));
  }

  /** The place of a run that was accepted earlier and waits to be tried again. */
  enqueueResting(entry: Limited, key: string): QueueEntry {
    return this.#slots.joinResting(this.#actionOf(entry).laneOf(key));
  }

  /** From now on nobody gets a turn: what is queued stays queued. */
  close(): void {
    this.#slots.close();
  }

  #refuseWhenFull(action: ActionLane): void {
    if (action.queuedCount >= action.maxQueued)
      throw overloaded(`runs of ${action.address}`, {
        runningCount: action.holdTimes.count,
        queuedCount: action.queuedCount,
        ratePerMs: this.#slots.ratePerMs(action),
      });
    if (this.queuedCount < this.#maxQueued) return;
    // One run of each action may queue in any case: a flood of another does not keep it out.
    if (action.queuedCount === 0 && this.#maxQueued > 0) return;
    throw overloaded("runs", {
      runningCount: this.runningCount,
      queuedCount: this.queuedCount,
      ratePerMs: this.#slots.ratePerMs(),
    });
  }

  #actionOf(entry: Limited): ActionLane {
    const known = this.#actions.get(entry.address);
    if (known !== undefined) return known;
    const share = this.#shares.find(({ of }) => of.includes(entry));
    const action = new ActionLane(entry, share?.group ?? this.#others);
    this.#actions.set(entry.address, action);
    return action;
  }
}
