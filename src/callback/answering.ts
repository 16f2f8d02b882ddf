/** Remembers which receivers took their last callback: they come before those that are new or fail. */
import type { Receiver } from "../run/delivery/delivery.ts";

/** How many receivers of one key are remembered: those that answered most recently. */
export const MAX_ANSWERING = 1000;

export class Answering {
  /** By key: the hosts that answered, the most recent one last. */
  readonly #hosts = new Map<string, Set<string>>();

  has({ owner, host }: Receiver): boolean {
    return this.#hosts.get(owner)?.has(host) === true;
  }

  add({ owner, host }: Receiver): void {
    const hosts = this.#hosts.get(owner) ?? new Set();
    this.#hosts.set(owner, hosts);
    hosts.delete(host);
    hosts.add(host);
    if (hosts.size <= MAX_ANSWERING) return;
    const [oldest = ""] = hosts;
    hosts.delete(oldest);
  }

  delete({ owner, host }: Receiver): void {
    const hosts = this.#hosts.get(owner);
    hosts?.delete(host);
    if (hosts?.size === 0) this.#hosts.delete(owner);
  }
}
