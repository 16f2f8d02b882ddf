/**
 * What is followed somewhere in the fleet. Whoever follows says so again and again, and whoever changes something of it
 * says so at once: so followers hear of it without looking all the time, and where nobody follows nothing is said.
 */
import type { RunId } from "../../../run/run.ts";
import type { AnsweredFlush } from "../write/writer.ts";
import type { Bell } from "./bell.ts";

/** How often those who follow say so. */
export const SAY_MS = 1000;
/** How long it holds: some of what they say may be lost. */
const HOLD_MS = 3500;
/** What stands for all runs. */
const ALL = "";

export class Following {
  readonly #bell: Pick<Bell, "ring">;
  /** When each was last said to be followed, on the clock of `performance.now()`. */
  readonly #heardAt = new Map<RunId, number>();

  constructor(bell: Pick<Bell, "ring">) {
    this.#bell = bell;
  }

  /** Says that something is followed here. @param id of a run; all runs when omitted */
  say(id: RunId = ALL): void {
    this.#bell.ring(`w${id}`);
  }

  /** Something is followed somewhere. @param id of a run; empty for all runs */
  hear(id: RunId): void {
    this.#heardAt.set(id, performance.now());
  }

  /** When all runs were last followed, on the clock of `performance.now()`. */
  get allHeardAt(): number {
    return this.#heardAt.get(ALL) ?? -Infinity;
  }

  /** Says what was changed, where that is followed. */
  tell({ ids }: Pick<AnsweredFlush, "ids">): void {
    if (this.#heardAt.size === 0) return;
    const oldest = performance.now() - HOLD_MS;
    if (this.allHeardAt > oldest) this.#bell.ring("e");
    if (this.#heardAt.size === 1 && this.#heardAt.has(ALL)) return;
    for (const id of ids())
      if ((this.#heardAt.get(id) ?? -Infinity) > oldest)
        this.#bell.ring(`s${id}`);
    for (const [id, at] of this.#heardAt)
      if (id !== ALL && at <= oldest) this.#heardAt.delete(id);
  }
}
