/** The port through which a process hears what others do to runs that share a store with it. */
import type { Count } from "../active/active-counts.ts";
import type { Run, RunId } from "../run.ts";

export interface News {
  /**
   * Waits for the end of a run that nobody carries here.
   *
   * @returns resolves when it has ended and the store says so, when `signal` aborts, or at once where no other process
   *   could end it
   */
  untilEnded(id: RunId, signal: AbortSignal): Promise<void>;
  /** Calls `listener` each time something may have happened to a run elsewhere, such as its start or its end. */
  watch(id: RunId, listener: () => void): Disposable;
  /**
   * Counts the runs that are in their code in any process, by the address of their action.
   *
   * @param owner whose runs; all when omitted
   * @returns undefined where this process is the only one, and knows
   */
  countActive(
    owner: string | undefined,
  ): Promise<ReadonlyMap<string, Readonly<Count>>> | undefined;
  /** Calls `listener` when another process has ended a run that is carried here: its code has to end. */
  onEnded(listener: (run: Run) => void): Disposable;
  /**
   * Calls `listener` when the other processes take this one for dead, or may do so: runs that may be run again must end
   * here without an outcome, because they run elsewhere.
   */
  onLost(listener: () => void): Disposable;
  /** Calls `listener` now and then, and when callbacks are due that another process has left. */
  onOwed(listener: () => void): Disposable;
}

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };

/** Of a process that has its store for itself. */
export const NO_NEWS: News = {
  untilEnded: () => Promise.resolve(),
  watch: () => NOTHING,
  countActive: () => undefined,
  onEnded: () => NOTHING,
  onLost: () => NOTHING,
  onOwed: () => NOTHING,
};
