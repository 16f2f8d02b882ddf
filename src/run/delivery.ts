/** A delivery: the record that a URL is owed the outcome of a run, and the port through which it is kept. */
import type { RunId } from "./run.ts";

/**
 * A delivery is `pending` until the receiver has taken it (`delivered`), has refused it for good (`refused`, HTTP 410),
 * or the last attempt of the schedule has failed (`dead`).
 */
export const DELIVERY_STATES = [
  "pending",
  "delivered",
  "refused",
  "dead",
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One POST to the receiver. */
export interface DeliveryAttempt {
  readonly number: number;
  /** When it began, milliseconds since 1970 UTC. */
  readonly at: number;
  /** What the receiver answered; null when it did not. */
  readonly httpStatus: number | null;
  readonly ms: number;
  /** Why the attempt does not count as delivered; null when it does. */
  readonly error: string | null;
}

export interface Delivery {
  readonly runId: RunId;
  /** In order of creation, for paging. */
  readonly numberedId: number;
  readonly url: string;
  /** Host and port of the receiver in lower case, as in `URL.host`: attempts are counted by it. */
  readonly host: string;
  readonly state: DeliveryState;
  /** Attempts of the current schedule; 0 again when the delivery is sent again. */
  readonly attemptCount: number;
  /** Null once it is no longer pending. */
  readonly nextAttemptAt: number | null;
  readonly createdAt: number;
  /** The owner of its run. */
  readonly owner: string;
}

/** What an attempt changes. */
export interface AttemptResult {
  readonly attempt: Omit<DeliveryAttempt, "number">;
  /** Attempts of the schedule before this one. */
  readonly attemptCount: number;
  readonly state: DeliveryState;
  readonly nextAttemptAt: number | null;
}

/** Which deliveries `list` answers: every criterion that is given must hold. */
interface DeliveryFilter {
  readonly states: readonly DeliveryState[];
  readonly host?: string;
  /** The owner of the runs whose outcomes are owed. */
  readonly owner?: string;
  readonly limit: number;
  /** Only deliveries older than the one with this `numberedId`. */
  readonly before?: number;
}

/**
 * The port through which deliveries are kept. They are created by `RunStore.finish`, in the transaction that ends the
 * run. Every member is asynchronous, as in `RunStore`.
 */
export interface DeliveryStore {
  /** Every host that has pending deliveries, with the moment at which the earliest of them is due. */
  pendingHosts(): Promise<{ host: string; nextAttemptAt: number }[]>;
  /** Pending deliveries of one host; the one that is due first comes first. */
  pending(host: string, limit: number): Promise<Delivery[]>;
  /**
   * Records an attempt and what it made of the delivery. A failure does not undo that the delivery was meanwhile asked
   * to be sent again: its schedule has begun anew.
   */
  recordAttempt(runId: RunId, result: AttemptResult): Promise<void>;
  find(runId: RunId): Promise<Delivery | undefined>;
  /** All attempts ever made, oldest first. */
  attempts(runId: RunId): Promise<DeliveryAttempt[]>;
  /** Newest first. */
  list(filter: DeliveryFilter): Promise<Delivery[]>;
  /** Makes a delivery due at `now` again, whatever became of it. @returns undefined when the run owes no callback */
  redeliver(runId: RunId, now: number): Promise<Delivery | undefined>;
  /** Makes all dead deliveries of a host due at `now` again. @returns how many */
  redeliverDead(host: string, now: number): Promise<number>;
}
