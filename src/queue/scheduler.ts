/**
 * The scheduler: it limits how many runs run at once in the server, in child processes, of each action, and of each
 * concurrency key. It decides which run starts, which is queued, and which is refused.
 *
 * A free slot goes to the API key that holds the fewest, of its actions round robin to those that can use it, and within an
 * action to its concurrency keys. The runs of one API key with the same concurrency key start in the order in which they
 * came. No slot stays free while a queued run could use it, except for the share that is left for other API keys.
 */
import { ServerError } from "../errors.ts";
import { Capacity, toRetryAfter } from "./capacity.ts";
import { ALONE, type KeyShare } from "./key-share.ts";
import { ActionLane, type KeyLane } from "./lane.ts";
import type { OwnerLane, QueueEntry } from "./owner-lane.ts";
import { Slots } from "./slots.ts";
import type { Limited, Turns } from "./turns.ts";

export class Scheduler implements Turns {
  readonly #maxQueued: number;
  readonly #children: Capacity;
  readonly #slots: Slots;
  /** The lanes by address. That of an action that is gone is dropped at the next change of the catalog at which it is empty. */
  readonly #actions = new Map<string, ActionLane>();

  /**
   * @param max.children how many runs of isolated actions may run at once; no limit when omitted
   * @param options.share what one API key may have of the slots, of the child processes and of the queue
   * @param options.now a clock in milliseconds that never jumps
   */
  constructor(
    max: { running: number; queued: number; children?: number },
    {
      share = ALONE,
      now = () => performance.now(),
    }: { share?: KeyShare; now?: () => number } = {},
  ) {
    this.#maxQueued = max.queued;
    this.#children = new Capacity(max.children ?? Infinity);
    this.#slots = new Slots(max.running, share, now);
  }

  get runningCount(): number {
    return this.#slots.runningCount;
  }

  /** The number of runs that wait for a slot or for their next attempt. */
  get queuedCount(): number {
    return this.#slots.queuedCount;
  }

  /**
   * @param key what the action's `concurrencyKey` returned; "" when it has none
   * @param run.owner the id of the API key whose run it is
   * @throws {ServerError} `overloaded` when the run could not start at once and the queue is full, `too_many_runs` when the
   *   API key has its share of it
   */
  reserve(
    entry: Limited,
    key: string,
    { owner: ownerId = "" }: { readonly owner?: string } = {},
  ): QueueEntry {
    const lane = this.#actionOf(entry).laneOf(key);
    const owner = this.#slots.ownerOf(ownerId);
    if (!this.#slots.hasRoom(lane, owner)) this.#refuseWhenFull(lane, owner);
    return this.#slots.join(lane, owner);
  }

  /**
   * Refuses what `reserve` would refuse for any concurrency key, so that the rest of the request need not be read.
   *
   * @throws {ServerError} `overloaded`, `too_many_runs`
   */
  refuseEarly(entry: Limited, ownerId = ""): void {
    const action = this.#actionOf(entry);
    const owner = this.#slots.ownerOf(ownerId);
    const lane = action.laneOf("");
    const mayStart =
      entry.action.concurrencyKey === undefined
        ? this.#slots.hasRoom(lane, owner)
        : this.#slots.mayStart(action, owner);
    if (!mayStart) this.#refuseWhenFull(lane, owner);
  }

  /** Starts or queues a run that was accepted earlier: it is never refused. */
  enqueue(entry: Limited, key: string, ownerId = ""): QueueEntry {
    const lane = this.#actionOf(entry).laneOf(key);
    return this.#slots.join(lane, this.#slots.ownerOf(ownerId));
  }

  /** Makes the entry of a run that was accepted earlier and waits for its next attempt. */
  enqueueResting(entry: Limited, key: string, ownerId = ""): QueueEntry {
    const lane = this.#actionOf(entry).laneOf(key);
    return this.#slots.joinResting(lane, this.#slots.ownerOf(ownerId));
  }

  /**
   * Takes over the limits of actions that were loaded again. Runs that were accepted before count as those accepted later.
   *
   * @param entries every action there is now
   */
  follow(entries: readonly Limited[]): void {
    const gone = new Set(this.#actions.keys());
    for (const { address } of entries) gone.delete(address);
    for (const address of gone)
      if (this.#actions.get(address)?.isEmpty === true)
        this.#actions.delete(address);
    for (const entry of entries) {
      const lane = this.#actions.get(entry.address);
      if (lane === undefined) continue;
      const shared = this.#sharedBy(entry);
      // Its runs hold slots that they must give back to the capacity they took them from.
      if (lane.shared !== shared) this.#actions.delete(entry.address);
      lane.limit(entry.action);
      this.#slots.refresh(lane);
    }
  }

  /** From now on no run starts: what is queued stays queued. */
  close(): void {
    this.#slots.close();
  }

  #refuseWhenFull(lane: KeyLane, owner: OwnerLane): void {
    const { action } = lane;
    if (action.queuedCount >= action.maxQueued)
      throw overloaded(
        `The action ${action.address}`,
        { running: action.own.heldCount, queued: action.queuedCount },
        this.#slots.ratePerMs(action),
      );
    const mayQueue = this.#slots.isInShare(owner, {
      of: (each) => each.queuedIn(action),
      all: action.queuedCount,
      max: action.maxQueued,
    });
    if (!mayQueue) throw this.#overShare(owner);
    if (this.queuedCount < this.#maxQueued) {
      const of = (each: OwnerLane) => each.queuedCount;
      const queued = { of, all: this.queuedCount, max: this.#maxQueued };
      if (this.#slots.isInShare(owner, queued)) return;
      throw this.#overShare(owner);
    }
    // Each action, and each key, may queue one run in any case, so that a flood of others does not lock it out.
    const isFirst = action.queuedCount === 0 || owner.queuedCount === 0;
    if (isFirst && this.#maxQueued > 0) return;
    if (this.#slots.isOverShare(lane, owner)) throw this.#overShare(owner);
    throw overloaded(
      "This server",
      { running: this.runningCount, queued: this.queuedCount },
      this.#slots.ratePerMs(),
    );
  }

  #overShare({ heldCount, queuedCount }: OwnerLane): ServerError {
    return new ServerError(
      "too_many_runs",
      `This API key has used up its share of the slots and of the queue, and the rest is reserved for other keys: ${are(heldCount)} running and ${are(queuedCount)} queued.`,
      { retryAfterSeconds: toRetryAfter(this.#slots.ratePerMs()) },
    );
  }

  #actionOf(entry: Limited): ActionLane {
    const known = this.#actions.get(entry.address);
    if (known !== undefined) return known;
    const action = new ActionLane(entry, this.#sharedBy(entry));
    this.#actions.set(entry.address, action);
    return action;
  }

  /** The capacity that runs of this action need besides slots of the server. */
  #sharedBy({ isolation }: Limited): Capacity | undefined {
    return isolation === "process" ? this.#children : undefined;
  }
}

function overloaded(
  who: string,
  { running, queued }: { running: number; queued: number },
  ratePerMs: number,
): ServerError {
  return new ServerError(
    "overloaded",
    `${who} accepts no more runs now: ${are(running)} running and ${are(queued)} queued.`,
    { retryAfterSeconds: toRetryAfter(ratePerMs) },
  );
}

function are(count: number): string {
  return count === 1 ? "1 is" : `${count} are`;
}
