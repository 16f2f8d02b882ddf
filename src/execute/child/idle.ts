/** The children that are free: the one that was busy last is taken first, so that those beyond the warm ones rest. */
import type { Child } from "./child.ts";

/** How long a child beyond the warm ones may be idle. */
const MAX_IDLE_MS = 60_000;

export class IdleChildren {
  readonly #children: { child: Child; since: number }[] = [];
  readonly #maxIdleMs: number;

  constructor(maxIdleMs = MAX_IDLE_MS) {
    this.#maxIdleMs = maxIdleMs;
  }

  add(child: Child): void {
    this.#children.push({ child, since: performance.now() });
  }

  /** @returns undefined when none is free */
  take(): Child | undefined {
    for (;;) {
      const child = this.#children.pop()?.child;
      if (child === undefined || !child.isEnding) return child;
    }
  }

  remove(child: Child): void {
    const index = this.#children.findIndex((idle) => idle.child === child);
    if (index >= 0) this.#children.splice(index, 1);
  }

  /** Lets those end of themselves that were not needed for a while. */
  dismissBeyond(warmCount: number): void {
    const oldest = performance.now() - this.#maxIdleMs;
    while (
      this.#children.length > warmCount &&
      (this.#children[0]?.since ?? 0) < oldest
    )
      this.#children.shift()?.child.dismiss();
  }
}
