/** A lane for each action, and a lane for each of its concurrency keys, whoever has the runs. */
import { Capacity } from "./capacity.ts";
import type { Limited } from "./turns.ts";

/** The unfinished runs of one action. */
export class ActionLane {
  readonly address: string;
  /** How many of its runs may be queued; Infinity when the action sets no limit. */
  maxQueued: number;
  /** How many runs of each concurrency key may run at once. */
  concurrency: number;
  /** The slots that its own runs hold. They are not limited here: `concurrency` limits each concurrency key. */
  readonly own = new Capacity(Infinity);
  /** The capacity that its runs need besides slots of the server: child processes, for an isolated action. */
  readonly shared: Capacity | undefined;
  /** In how many queues runs of it wait although their concurrency key has room. */
  readyCount = 0;
  /** Runs that wait for a slot or for their next attempt. */
  queuedCount = 0;
  /** The lane of all runs of an action without concurrency keys. It is kept, so that these runs need no new one. */
  readonly #keyless: KeyLane;
  readonly #keys = new Map<string, KeyLane>();

  constructor({ address, action }: Limited, shared: Capacity | undefined) {
    this.address = address;
    this.shared = shared;
    this.maxQueued = action.queue;
    this.concurrency = action.concurrency;
    this.#keyless = new KeyLane("", this);
  }

  /** The lane of each concurrency key that has runs, and that of all runs without one. */
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

  /** @returns a new lane when no run has this concurrency key */
  laneOf(key: string): KeyLane {
    if (key === "") return this.#keyless;
    return this.#keys.get(key) ?? new KeyLane(key, this);
  }

  /** Counts one more run of a concurrency key. The lane is kept from the first run of the key to the last. */
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

/** The unfinished runs of an action that have the same concurrency key, or all of them when the action has no such keys. */
export class KeyLane {
  readonly key: string;
  readonly action: ActionLane;
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
