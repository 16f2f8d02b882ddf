/** The idle children. The one that was busy last is taken first, so that surplus children stay idle and can be dismissed. */
import type { Child } from "./child.ts";

/** How long a surplus child may be idle. */
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

  /** @returns undefined when no child is idle */
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

  /** Dismisses children beyond this number that have been idle for too long. */
  dismissBeyond(warmCount: number): void {
    const oldest = performance.now() - this.#maxIdleMs;
    while (
      this.#children.length > warmCount &&
      (this.#children[0]?.since ?? 0) < oldest
    )
      this.#children.shift()?.child.dismiss();
  }
}
