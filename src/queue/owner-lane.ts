/** What one API key has of the slots and of the queue: its entries, and the turns of its own actions and concurrency keys. */
import type { ActionLane, KeyLane } from "./lane.ts";
import { LinkedList, type ListNode } from "./linked-list.ts";
import type { Place, Turn } from "./turns.ts";

/** The unfinished runs of one API key, or all of them where there are no keys. */
export class OwnerLane implements ListNode<OwnerLane> {
  list: LinkedList<OwnerLane> | undefined;
  before: OwnerLane | undefined;
  behind: OwnerLane | undefined;
  /** The id of the key. */
  readonly id: string;
  /** Runs that hold a slot. */
  heldCount = 0;
  /** Those of them that hold a child process, too. */
  childCount = 0;
  /** Runs that wait for a slot or for their next attempt. */
  queuedCount = 0;
  /** The actions with a run that waits although its concurrency key has room, in the order of their turns. */
  readonly ready = new LinkedList<OwnerAction>();
  /** The actions of which runs are queued. */
  readonly #actions = new Map<ActionLane, OwnerAction>();

  constructor(id: string) {
    this.id = id;
  }

  /** @returns how many of its runs of this action wait for a slot or for their next attempt */
  queuedIn(action: ActionLane): number {
    return this.#actions.get(action)?.queuedCount ?? 0;
  }

  countQueued(action: ActionLane, change: 1 | -1): void {
    const own = this.#actionOf(action);
    own.queuedCount += change;
    this.queuedCount += change;
    if (own.queuedCount === 0) this.#actions.delete(action);
  }

  /** @returns the queue of its runs with this concurrency key, which is kept while it has an entry */
  queueOf(lane: KeyLane): OwnerQueue {
    return this.#actionOf(lane.action).queueOf(lane, this);
  }

  #actionOf(lane: ActionLane): OwnerAction {
    let action = this.#actions.get(lane);
    if (action === undefined) {
      action = new OwnerAction(lane);
      this.#actions.set(lane, action);
    }
    return action;
  }
}

/** What one API key has queued of one action. */
export class OwnerAction implements ListNode<OwnerAction> {
  list: LinkedList<OwnerAction> | undefined;
  before: OwnerAction | undefined;
  behind: OwnerAction | undefined;
  readonly lane: ActionLane;
  queuedCount = 0;
  /** The queues whose concurrency key has room, in the order of their turns. */
  readonly ready = new LinkedList<OwnerQueue>();
  readonly queues = new Map<KeyLane, OwnerQueue>();

  constructor(lane: ActionLane) {
    this.lane = lane;
  }

  queueOf(lane: KeyLane, owner: OwnerLane): OwnerQueue {
    let queue = this.queues.get(lane);
    if (queue === undefined) {
      queue = new OwnerQueue(lane, owner, this);
      this.queues.set(lane, queue);
    }
    return queue;
  }
}

/** The queued runs of one API key that have the same concurrency key: first in, first out. */
export class OwnerQueue implements ListNode<OwnerQueue> {
  list: LinkedList<OwnerQueue> | undefined;
  before: OwnerQueue | undefined;
  behind: OwnerQueue | undefined;
  readonly lane: KeyLane;
  readonly owner: OwnerLane;
  readonly action: OwnerAction;
  readonly entries = new LinkedList<QueueEntry>();

  constructor(lane: KeyLane, owner: OwnerLane, action: OwnerAction) {
    this.lane = lane;
    this.owner = owner;
    this.action = action;
  }
}

/** The methods of `Slots` that an entry calls. */
interface SlotOwner {
  rest(entry: QueueEntry): void;
  rejoin(entry: QueueEntry): void;
  leave(entry: QueueEntry): void;
}

/**
 * The entry of one run: it holds a slot, waits for one in the queue, or rests between two attempts. Disposing of it gives
 * back whatever it has.
 */
export class QueueEntry implements Place, ListNode<QueueEntry> {
  list: LinkedList<QueueEntry> | undefined;
  before: QueueEntry | undefined;
  behind: QueueEntry | undefined;
  readonly lane: KeyLane;
  readonly owner: OwnerLane;
  /** Undefined when the slot was there at once; otherwise it resolves when the slot is there. */
  turn: Promise<Turn> | undefined;
  /** The moment at which it got its slot, on the clock of `performance.now()`; undefined while it has none. */
  heldSince: number | undefined;
  readonly #slots: SlotOwner;
  #isOver = false;
  #giveTurn: ((turn: Turn) => void) | undefined;

  constructor(lane: KeyLane, owner: OwnerLane, slots: SlotOwner) {
    this.lane = lane;
    this.owner = owner;
    this.#slots = slots;
  }

  get isShared(): false {
    return false;
  }

  get attempt(): undefined {
    return undefined;
  }

  /** Whether it has a slot now. */
  get isHeld(): boolean {
    return this.heldSince !== undefined;
  }

  /** Makes a new `turn`, which `giveTurn` resolves. */
  awaitTurn(): void {
    const { promise, resolve } = Promise.withResolvers<Turn>();
    this.turn = promise;
    this.#giveTurn = resolve;
  }

  giveTurn(): void {
    this.#giveTurn?.("here");
  }

  /** Gives the slot back until `rejoin`. Meanwhile the run counts as queued. */
  rest(): void {
    this.#slots.rest(this);
  }

  /** Asks for a slot again, behind everything that is queued: `turn` is a new promise, or undefined. */
  rejoin(): void {
    this.#slots.rejoin(this);
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#slots.leave(this);
  }
}
