/**
 * Decides whose turn is next: that of the API key which holds the fewest slots; of its actions that can use a slot the one
 * whose last turn is the longest ago, and so for the concurrency keys of an action.
 */
import type { ActionLane, KeyLane } from "./lane.ts";
import { LinkedList } from "./linked-list.ts";
import type {
  OwnerAction,
  OwnerLane,
  OwnerQueue,
  QueueEntry,
} from "./owner-lane.ts";

export class RoundRobin {
  /** The keys that have a ready action, in the order of their turns. */
  readonly #ready = new LinkedList<OwnerLane>();
  /** The queues that have entries, by their concurrency keys. */
  readonly #queues = new Map<KeyLane, Set<OwnerQueue>>();
  /** The actions that are ready for any key. */
  readonly #actions = new Set<ActionLane>();
  readonly #mayTake: (owner: OwnerLane, action: ActionLane) => boolean;

  /** @param mayTake whether a key may have one more slot for this action */
  constructor(mayTake: (owner: OwnerLane, action: ActionLane) => boolean) {
    this.#mayTake = mayTake;
  }

  /** @returns the entry whose turn it is, removed from its queue; undefined when no queued run may use a slot */
  next(): QueueEntry | undefined {
    let best: OwnerAction | undefined;
    let fewest = Infinity;
    for (let { first: owner } = this.#ready; owner; owner = owner.behind) {
      if (owner.heldCount >= fewest) continue;
      const action = this.#nextOf(owner);
      if (action === undefined) continue;
      best = action;
      fewest = owner.heldCount;
    }
    const queue = best?.ready.first;
    const entry = queue?.entries.first;
    if (entry !== undefined) queue?.entries.remove(entry);
    return entry;
  }

  #nextOf(owner: OwnerLane): OwnerAction | undefined {
    let action = owner.ready.first;
    while (
      action !== undefined &&
      !(action.lane.hasRoom && this.#mayTake(owner, action.lane))
    )
      action = action.behind;
    return action;
  }

  /** Moves a queue, its action and its key behind the others, because they have had their turn. */
  moveBehind(queue: OwnerQueue): void {
    const { action, owner } = queue;
    this.#leave(queue);
    owner.ready.remove(action);
    this.#ready.remove(owner);
    this.update(queue);
  }

  /** Keeps a queue among those that are ready while it has an entry and its concurrency key has room. */
  update(queue: OwnerQueue): void {
    if (queue.entries.size === 0 || !queue.lane.hasRoom) this.#leave(queue);
    else if (queue.list === undefined) this.#enter(queue);
    this.#updateOwner(queue);
    this.#keep(queue);
  }

  /** Updates all queues of a concurrency key, when it has got room or has lost it. */
  updateAll(lane: KeyLane): void {
    for (const queue of this.#queues.get(lane) ?? []) this.update(queue);
  }

  /** @returns how many ready actions share this capacity; all of them when it is undefined */
  countReady(shared: ActionLane["shared"]): number {
    if (shared === undefined) return this.#actions.size;
    let count = 0;
    for (const action of this.#actions)
      if (action.shared === shared) count += 1;
    return count;
  }

  /** Knows a queue while it has an entry. */
  #keep(queue: OwnerQueue): void {
    const { lane, action } = queue;
    const queues = this.#queues.get(lane);
    if (queue.entries.size > 0) {
      if (queues === undefined) this.#queues.set(lane, new Set([queue]));
      else queues.add(queue);
      return;
    }
    action.queues.delete(lane);
    queues?.delete(queue);
    if (queues?.size === 0) this.#queues.delete(lane);
  }

  #updateOwner({ action, owner }: OwnerQueue): void {
    if (action.ready.size === 0) owner.ready.remove(action);
    else if (action.list === undefined) owner.ready.add(action);
    if (owner.ready.size === 0) this.#ready.remove(owner);
    else if (owner.list === undefined) this.#ready.add(owner);
  }

  #enter(queue: OwnerQueue): void {
    const { action } = queue.lane;
    queue.action.ready.add(queue);
    action.readyCount += 1;
    if (action.readyCount === 1) this.#actions.add(action);
  }

  #leave(queue: OwnerQueue): void {
    if (queue.list === undefined) return;
    const { action } = queue.lane;
    queue.action.ready.remove(queue);
    action.readyCount -= 1;
    if (action.readyCount === 0) this.#actions.delete(action);
  }
}
