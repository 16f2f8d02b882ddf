/** The slots of one replica, and of its child processes. */
import { Capacity } from "../../../queue/capacity.ts";
import type { SharedPlace } from "./shared-place.ts";

export class ReplicaSlots {
  readonly #max: { readonly running: number; readonly children: number };
  readonly #running: Capacity;
  readonly #children: Capacity;

  constructor(max: { readonly running: number; readonly children: number }) {
    this.#max = max;
    this.#running = new Capacity(max.running);
    this.#children = new Capacity(max.children);
  }

  get heldCount(): number {
    return this.#running.heldCount;
  }

  /** About how many become free in a millisecond; 0 when nothing is known. */
  get ratePerMs(): number {
    return this.#running.ratePerMs(performance.now());
  }

  /** How many more runs may run here. @param isIsolated in child processes */
  roomFor(isIsolated: boolean): number {
    const { running, children } = this.#max;
    const room = running - this.#running.heldCount;
    return isIsolated
      ? Math.min(room, children - this.#children.heldCount)
      : room;
  }

  /** Gives a slot to a run. */
  hold(place: SharedPlace): void {
    const now = performance.now();
    place.heldSince = now;
    this.#running.take(now);
    if (place.isIsolated) this.#children.take(now);
  }

  /** Takes it back, where the run has one. */
  free(place: SharedPlace): void {
    const { heldSince } = place;
    if (heldSince === undefined) return;
    const now = performance.now();
    place.heldSince = undefined;
    this.#running.release(heldSince, now);
    if (place.isIsolated) this.#children.release(heldSince, now);
  }
}
