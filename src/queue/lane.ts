/** A lane for each action, a lane for each of its concurrency keys, and the entries that queue in the lane of a key. */
import { Capacity } from "./capacity.ts";
import { LinkedList, type ListNode } from "./linked-list.ts";
import type { Limited, Place, Turn } from "./turns.ts";

/** The unfinished runs of one action. */
export class ActionLane implements ListNode<ActionLane> {
  list: LinkedList<ActionLane> | undefined;
  before: ActionLane | undefined;
  behind: ActionLane | undefined;
  readonly address: string;
  /** How many of its runs may be queued; Infinity when the action sets no limit. */
  maxQueued: number;
  /** How many runs of each key may run at once. */
  concurrency: number;
  /** The slots that its own runs hold. They are not limited here: `concurrency` limits each key. */
  readonly own = new Capacity(Infinity);
  /** The capacity that its runs need besides slots of the server: child processes, for an isolated action. */
  readonly shared: Capacity | undefined;
  /** The keys that have both a queued run and room for it. */
  readonly ready = new LinkedList<KeyLane>();
  /** Runs that wait for a slot or for their next attempt. */
  queuedCount = 0;
  /** The lane of all runs of an action without keys. It is kept, so that these runs need no new one. */
  readonly #keyless: KeyLane;
  readonly #keys = new Map<string, KeyLane>();

  constructor({ address, action }: Limited, shared: Capacity | undefined) {
    this.address = address;
    this.shared = shared;
    this.maxQueued = action.queue;
    this.concurrency = action.concurrency;
    this.#keyless = new KeyLane("", this);
  }

  /** The lane of each key that has runs, and that of all runs without keys. */
  get keys(): readonly KeyLane[] {
    return [this.#keyless, ...this.#keys.values()];
  }

  /** Takes over the limits of an action that was loaded again. */
  limit({ queue, concurrency }: Limited["action"]): void {
    this.maxQueued = queue;
    this.concurrency = concurrency;
  }

  /** Whether it has no unfinished run. */
  get isEmpty(): boolean {
    return this.own.heldCount === 0 && this.queuedCount === 0;
  }

  /** Whether the capacity it shares with other actions has room. */
  get hasRoom(): boolean {
    return this.shared?.hasRoom !== false;
  }

  /** @returns a new lane when no run has this key */
  laneOf(key: string): KeyLane {
    if (key === "") return this.#keyless;
    return this.#keys.get(key) ?? new KeyLane(key, this);
  }

  /** Counts one more run of a key. The lane is kept from the first run of the key to the last. */
  enter(lane: KeyLane): void {
    lane.runCount += 1;
    if (lane.runCount === 1 && lane !== this.#keyless)
      this.#keys.set(lane.key, lane);
  }

  leave(lane: KeyLane): void {
    lane.runCount -= 1;
    if (lane.runCount === 0) this.#keys.delete(lane.key);
  }
}

/** The unfinished runs of an action that have the same concurrency key, or all of them when the action has no keys. */
export class KeyLane implements ListNode<KeyLane> {
  list: LinkedList<KeyLane> | undefined;
  before: KeyLane | undefined;
  behind: KeyLane | undefined;
  readonly key: string;
  readonly action: ActionLane;
  readonly queue = new LinkedList<QueueEntry>();
  /** Runs that hold a slot. */
  heldCount = 0;
  /** Runs that are not finished: those that hold a slot, are queued, or wait for their next attempt. */
  runCount = 0;

  constructor(key: string, action: ActionLane) {
    this.key = key;
    this.action = action;
  }

  get hasRoom(): boolean {
    return this.heldCount < this.action.concurrency;
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
  /** Undefined when the slot was there at once; otherwise it resolves when the slot is there. */
  turn: Promise<Turn> | undefined;
  /** The moment at which it got its slot, on the clock of `performance.now()`; undefined while it has none. */
  heldSince: number | undefined;
  readonly #slots: SlotOwner;
  #isOver = false;
  #giveTurn: ((turn: Turn) => void) | undefined;

  constructor(lane: KeyLane, slots: SlotOwner) {
    this.lane = lane;
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
