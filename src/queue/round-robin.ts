/** Decides whose turn is next: round robin between the actions that can use a slot, then between the keys of an action. */
import type { ActionLane, KeyLane, QueueEntry } from "./lane.ts";
import { LinkedList } from "./linked-list.ts";

export class RoundRobin {
  /** The actions that have a ready key, in the order of their turns. */
  readonly #ready = new LinkedList<ActionLane>();

  /** @returns the entry whose turn it is, removed from its queue; undefined when no queued run can use a slot */
  next(): QueueEntry | undefined {
    let action = this.#ready.first;
    while (action?.hasRoom === false) action = action.behind;
    const queue = action?.ready.first?.queue;
    const entry = queue?.first;
    if (entry !== undefined) queue?.remove(entry);
    return entry;
  }

  /** Moves a key and its action behind the others, because they have had their turn. */
  moveBehind(lane: KeyLane): void {
    lane.list?.remove(lane);
    lane.action.list?.remove(lane.action);
    this.update(lane);
  }

  /** Keeps the key among those of its action that are ready, and the action among the ready ones, while that is true. */
  update(lane: KeyLane): void {
    const { action } = lane;
    if (lane.queue.size === 0 || !lane.hasRoom) action.ready.remove(lane);
    else if (lane.list === undefined) action.ready.add(lane);
    if (action.ready.size === 0) this.#ready.remove(action);
    else if (action.list === undefined) this.#ready.add(action);
  }

  /** @returns how many ready actions share this capacity; all of them when it is undefined */
  countReady(shared: ActionLane["shared"]): number {
    if (shared === undefined) return this.#ready.size;
    let count = 0;
    for (let { first: action } = this.#ready; action; action = action.behind)
      if (action.shared === shared) count += 1;
    return count;
  }
}
