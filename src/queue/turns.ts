/** The port through which a run gets its turn: from the slots of this process alone, or from those of a fleet. */
import type { CatalogEntry } from "../catalog/catalog-entry.ts";

/** The part of a catalog entry that limits depend on. */
export type Limited = Pick<CatalogEntry, "address" | "action" | "isolation">;

/**
 * - `here`: the run has a slot in this process, whose turn it is to call its code
 * - `elsewhere`: the run has ended, and no code of it was called here
 */
export type Turn = "here" | "elsewhere";

/** What a run has from its acceptance to its end: a slot, or a place among those that wait for one. */
export interface Place extends Disposable {
  /** Undefined when the slot was there at once. It is another promise after `rejoin`. */
  readonly turn: Promise<Turn> | undefined;
  /** Whether it has a slot here now. */
  readonly isHeld: boolean;
  /**
   * Whether processes that share a store decide about it. Then the store has recorded the start of the run when its turn
   * has come, and ends by itself what is queued for too long.
   */
  readonly isShared: boolean;
  /** Which attempt it is whose turn has come; undefined where only this process knows. */
  readonly attempt: number | undefined;
  /** Gives the slot back until `rejoin`. Meanwhile the run counts as queued. */
  rest(): void;
  /** Asks for a slot again. */
  rejoin(): void;
}

/** `Scheduler` gives out the slots of this process; what a fleet adds to it is in `store/postgres/`. */
export interface Turns {
  /** Runs that hold a slot of this process. */
  readonly runningCount: number;
  /** Runs that wait for a slot or for their next attempt. */
  readonly queuedCount: number;
  /**
   * Refuses what `reserve` would refuse for any concurrency key, so that the rest of the request need not be read.
   *
   * @param owner the id of the API key that asks
   * @throws {ServerError} `overloaded`, `too_many_runs`
   */
  refuseEarly(entry: Limited, owner: string): void;
  /**
   * Takes a slot for a run, or a place in the queue. It comes before the run is recorded: the store may ask where the run
   * with this id has its place.
   *
   * @param key what the action's `concurrencyKey` returned; "" when it has none
   * @param run.owner the id of the API key whose run it is
   * @throws {ServerError} `overloaded` when the run could not start at once and the queue is full, `too_many_runs` when the
   *   API key has its share of it
   */
  reserve(
    entry: Limited,
    key: string,
    run: { readonly id: string; readonly owner: string },
  ): Place;
  /** From now on no run starts: what is queued stays queued. */
  close(): void;
}
