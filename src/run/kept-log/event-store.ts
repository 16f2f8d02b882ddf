/**
 * The port through which the order of what happens to all runs is kept: which fact about which run became true after
 * which. What the facts say is with the runs themselves. Every member is asynchronous, as in `RunStore`.
 */
import type { DeliveryAttempt } from "../delivery/delivery.ts";
import type { RunFacts } from "../events.ts";
import type { Outcome } from "../run.ts";
import type { KeptProgress } from "./log-store.ts";

/** What a fact says of its run. */
export type FollowedRun = Pick<
  RunFacts,
  "id" | "package" | "action" | "owner" | "requestId" | "createdAt"
>;

/** Moments are milliseconds since 1970 UTC. */
export type KeptFact =
  | { readonly kind: "accepted" }
  /** For the first time. Later attempts are entries of its log. */
  | { readonly kind: "started" | "detached"; readonly at: number }
  | {
      readonly kind: "finished";
      readonly at: number;
      readonly outcome: Outcome;
      readonly runMs: number | null;
    }
  /** An entry of its log, as JSON. */
  | { readonly kind: "entry"; readonly number: number; readonly text: string }
  | { readonly kind: "progress"; readonly progress: KeptProgress }
  | { readonly kind: "owed"; readonly at: number; readonly host: string }
  | { readonly kind: "callback_attempt"; readonly attempt: DeliveryAttempt };

/** What became true of a run in one write. */
export interface KeptFacts {
  /** Grows from write to write. */
  readonly seq: number;
  readonly run: FollowedRun;
  /** In their order. Empty for progress that was followed by later progress. */
  readonly facts: readonly KeptFact[];
}

export interface EventStore {
  /**
   * From now on the order is kept, in the same transactions as the facts, until `forget`: also by later processes. The
   * latest 100,000 writes are remembered. @returns the number of the latest
   */
  keep(): Promise<number>;
  /** Nobody follows here any more: unless others do, the order need not be kept, which costs something. */
  forget(): Promise<void>;
  /**
   * Finds the writes after one, in their order: the first of them. Those of runs that were deleted are left out.
   *
   * @returns also the number of the last one that was looked at, which is `after` where there are none; undefined when
   *   it is not known any more which writes came after that one
   */
  findAfter(
    after: number,
  ): Promise<{ last: number; writes: readonly KeptFacts[] } | undefined>;
  /** Calls `listener` when there may be new ones. */
  onWrite(listener: () => void): Disposable;
}
