/** Where the runs of one action stand: a line for each key, and the keys in a line of their own. */
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import { LinkedList, type ListNode } from "./linked-list.ts";
import type { QueueEntry } from "./queue-entry.ts";
import { HoldTimes } from "./hold-times.ts";

/** What of an action the limits look at. */
export type Limited = Pick<CatalogEntry, "address" | "action" | "isolation">;

/** Actions that share something besides the server, such as child processes; or all that do not. */
export class Group {
  readonly max: number;
  readonly holdTimes = new HoldTimes();
  /** Actions one of whose runs may start as soon as the group and the server have room. */
  readonly ready = new LinkedList<ActionLane>();

  /** @param max how many of its runs may run at once */
  constructor(max: number) {
    this.max = max;
  }

  get hasRoom(): boolean {
    return this.holdTimes.count < this.max;
  }
}

/** What is known of an action's runs that are not over. */
export class ActionLane implements ListNode<ActionLane> {
  list: LinkedList<ActionLane> | undefined;
  before: ActionLane | undefined;
  behind: ActionLane | undefined;
  readonly address: string;
  /** How many of its runs may be queued; Infinity where it does not say. */
  readonly maxQueued: number;
  readonly group: Group;
  readonly holdTimes = new HoldTimes();
  /** Keys one of whose runs may start as far as the key is concerned. */
  readonly ready = new LinkedList<KeyLane>();
  /** Runs that wait for a slot, or to be tried again. */
  queuedCount = 0;
  /** When it joined the line it stands in: later is more. */
  readyNumber = 0;
  readonly #concurrency: number;
  /** Stays, so that the runs of an action without keys need no new one. */
  readonly #keyless: KeyLane;
  readonly #keys = new Map<string, KeyLane>();

  constructor({ address, action }: Limited, group: Group) {
    this.address = address;
    this.group = group;
    this.maxQueued = action.queue;
    this.#concurrency = action.concurrency;
    this.#keyless = new KeyLane("", this, action.concurrency);
  }

  get keyCount(): number {
    return this.#keys.size;
  }

  /** @returns a new one when no run has this key */
  laneOf(key: string): KeyLane {
    if (key === "") return this.#keyless;
    return this.#keys.get(key) ?? new KeyLane(key, this, this.#concurrency);
  }

  /** A lane is kept from its first run to its last. */
  enter(lane: KeyLane): void {
    lane.ticketCount += 1;
    if (lane.ticketCount === 1 && lane !== this.#keyless)
      this.#keys.set(lane.key, lane);
  }

  leave(lane: KeyLane): void {
    lane.ticketCount -= 1;
    if (lane.ticketCount === 0) this.#keys.delete(lane.key);
  }
}

/** The runs of an action that have one key; all of them where it has no keys. */
export class KeyLane implements ListNode<KeyLane> {
  list: LinkedList<KeyLane> | undefined;
  before: KeyLane | undefined;
  behind: KeyLane | undefined;
  readonly key: string;
  readonly action: ActionLane;
  readonly concurrency: number;
  readonly queue = new LinkedList<Ticket>();
  runningCount = 0;
  /** Its runs that are not over. */
  ticketCount = 0;

  constructor(key: string, action: ActionLane, concurrency: number) {
    this.key = key;
    this.action = action;
    this.concurrency = concurrency;
  }

  get hasRoom(): boolean {
    return this.runningCount < this.concurrency;
  }
}

/** Whoever gives out slots. */
export interface SlotKeeper {
  rest(ticket: Ticket): void;
  rejoin(ticket: Ticket): void;
  leave(ticket: Ticket): void;
}

/** The place of one run, in the lane of its key. */
export class Ticket implements QueueEntry, ListNode<Ticket> {
  list: LinkedList<Ticket> | undefined;
  before: Ticket | undefined;
  behind: Ticket | undefined;
  readonly lane: KeyLane;
  /** When it got its slot, on the clock of `performance.now()`; undefined while it has none. */
  heldSince: number | undefined;
  turn: Promise<void> | undefined;
  readonly #keeper: SlotKeeper;
  #isOver = false;
  #giveTurn: (() => void) | undefined;

  constructor(lane: KeyLane, keeper: SlotKeeper) {
    this.lane = lane;
    this.#keeper = keeper;
  }

  get isHeld(): boolean {
    return this.heldSince !== undefined;
  }

  /** From now on it has a turn, which `giveTurn` gives. */
  awaitTurn(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.turn = promise;
    this.#giveTurn = resolve;
  }

  giveTurn(): void {
    this.#giveTurn?.();
  }

  rest(): void {
    this.#keeper.rest(this);
  }

  rejoin(): void {
    this.#keeper.rejoin(this);
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keeper.leave(this);
  }
}
