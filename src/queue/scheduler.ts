/**
 * The scheduler: it limits how many runs run at once in the server, in child processes, of each action, and of each
 * concurrency key. It decides which run starts, which is queued, and which is refused.
 *
 * A free slot goes round robin to the actions that can use it, and within an action to its keys. The runs of one key start
 * in the order in which they came. No slot stays free while a queued run could use it.
 */
import { ServerError } from "../errors.ts";
import { Capacity, toRetryAfter } from "./capacity.ts";
import { ActionLane, type QueueEntry } from "./lane.ts";
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
   * @param now a clock in milliseconds that never jumps
   */
  constructor(
    max: { running: number; queued: number; children?: number },
    now: () => number = () => performance.now(),
  ) {
    this.#maxQueued = max.queued;
    this.#children = new Capacity(max.children ?? Infinity);
    this.#slots = new Slots(max.running, now);
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
   * @throws {ServerError} `overloaded` when the run could not start at once and the queue is full
   */
  reserve(entry: Limited, key: string): QueueEntry {
    const lane = this.#actionOf(entry).laneOf(key);
    if (!this.#slots.hasRoom(lane)) this.#refuseWhenFull(lane.action);
    return this.#slots.join(lane);
  }

  /**
   * Refuses what `reserve` would refuse for any key, so that the rest of the request need not be read.
   *
   * @throws {ServerError} `overloaded`
   */
  refuseEarly(entry: Limited): void {
    const action = this.#actionOf(entry);
    const mayStart =
      entry.action.concurrencyKey === undefined
        ? this.#slots.hasRoom(action.laneOf(""))
        : this.#slots.isFree && action.hasRoom;
    if (!mayStart) this.#refuseWhenFull(action);
  }

  /** Starts or queues a run that was accepted earlier: it is never refused. */
  enqueue(entry: Limited, key: string): QueueEntry {
    return this.#slots.join(this.#actionOf(entry).laneOf(key));
  }

  /** Makes the entry of a run that was accepted earlier and waits for its next attempt. */
  enqueueResting(entry: Limited, key: string): QueueEntry {
    return this.#slots.joinResting(this.#actionOf(entry).laneOf(key));
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

  #refuseWhenFull(action: ActionLane): void {
    if (action.queuedCount >= action.maxQueued)
      throw overloaded(
        `The action ${action.address}`,
        { running: action.own.heldCount, queued: action.queuedCount },
        this.#slots.ratePerMs(action),
      );
    if (this.queuedCount < this.#maxQueued) return;
    // Each action may queue one run in any case, so that a flood of runs of another action does not lock it out.
    if (action.queuedCount === 0 && this.#maxQueued > 0) return;
    throw overloaded(
      "This server",
      { running: this.runningCount, queued: this.queuedCount },
      this.#slots.ratePerMs(),
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
    `${who} takes no more runs now: ${are(running)} running and ${are(queued)} queued.`,
    { retryAfterSeconds: toRetryAfter(ratePerMs) },
  );
}

function are(count: number): string {
  return count === 1 ? "1 is" : `${count} are`;
}
