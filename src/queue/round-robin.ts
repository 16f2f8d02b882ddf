/** Whose turn it is: round and round between the actions that can use a slot, then between the keys of the action. */
import type { ActionLane, Group, KeyLane, Ticket } from "./lane.ts";

export class RoundRobin {
  readonly #groups: readonly Group[];
  #readyNumber = 0;

  constructor(groups: readonly Group[]) {
    this.#groups = groups;
  }

  /** @returns who has waited for its turn the longest of those who could use a slot of the server; it leaves its queue */
  next(): Ticket | undefined {
    let next: ActionLane | undefined;
    for (const group of this.#groups) {
      const { first } = group.ready;
      if (first === undefined || !group.hasRoom) continue;
      if (next === undefined || first.readyNumber < next.readyNumber)
        next = first;
    }
    const queue = next?.ready.first?.queue;
    const ticket = queue?.first;
    if (ticket !== undefined) queue?.remove(ticket);
    return ticket;
  }

  /** It has had its turn: the next one comes after those of the others. */
  pass(lane: KeyLane): void {
    lane.list?.remove(lane);
    lane.action.list?.remove(lane.action);
    this.settle(lane);
  }

  /** Lets a key stand in the line of its action, and the action in that of its group, exactly when it could use a slot. */
  settle(lane: KeyLane): void {
    const { action } = lane;
    const { group } = action;
    if (lane.queue.size === 0 || !lane.hasRoom) action.ready.remove(lane);
    else if (lane.list === undefined) action.ready.add(lane);
    if (action.ready.size === 0) group.ready.remove(action);
    else if (action.list === undefined) {
      this.#readyNumber += 1;
      action.readyNumber = this.#readyNumber;
      group.ready.add(action);
    }
  }

  /**
   * How many queued runs start in a millisecond.
   *
   * @param action of this action; undefined: of all
   */
  ratePerMs(action: ActionLane | undefined, now: number): number {
    // Its runs wait for each other, not for those of other actions.
    if (action?.ready.size === 0 && action.holdTimes.count > 0)
      return action.holdTimes.ratePerMs(now);
    const isGroupFull = action?.group.hasRoom === false;
    const groups = isGroupFull ? [action.group] : this.#groups;
    let rate = 0;
    let readyCount = 0;
    for (const { holdTimes, ready } of groups) {
      rate += holdTimes.ratePerMs(now);
      readyCount += ready.size;
    }
    return action === undefined ? rate : rate / Math.max(1, readyCount);
  }
}
