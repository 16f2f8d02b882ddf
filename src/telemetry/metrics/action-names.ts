/** Names of actions as labels: as many as a catalog has, and never more than a monitoring system bears. */
import type { RunFacts } from "../../run/events.ts";

const MAX_NAMES = 500;
const OTHERS = "others";

/** Only actions of the catalog have runs. A catalog that changes could still bring new names for ever. */
export class ActionNames {
  readonly #known = new Set<string>();

  of({
    package: folder,
    action,
  }: Pick<RunFacts, "package" | "action">): string {
    const address = `${folder}/${action}`;
    if (this.#known.has(address)) return address;
    if (this.#known.size >= MAX_NAMES) return OTHERS;
    this.#known.add(address);
    return address;
  }
}
