/** A delivery: the record that a URL is owed the outcome of a run, and the port through which it is kept. */
import type { RunId } from "../run.ts";

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

/** What is recorded of an attempt before it is made. */
interface AttemptStart {
  readonly at: number;
  /** Attempts of the schedule before this one. */
  readonly attemptCount: number;
  /** When the next one is due if this one never ends, because the process dies. */
  readonly nextAttemptAt: number;
}

/** What an attempt changes when it ends. */
export interface AttemptResult {
  readonly attempt: Omit<DeliveryAttempt, "number" | "at">;
  /** Attempts of the schedule before this one. */
  readonly attemptCount: number;
  readonly state: DeliveryState;
  readonly nextAttemptAt: number | null;
}

/** One receiver of one key: its deliveries wait for each other, and for no others. */
export interface Receiver {
  /** Of the runs. */
  readonly owner: string;
  /** Host and port. */
  readonly host: string;
}

/** How large the outcome of a run is. */
export interface OutcomeSize {
  /** Of its text. */
  readonly byteCount: number;
  /** Whether it is a result, and no error. */
  readonly isResult: boolean;
}

/** What is owed to all receivers together. */
export interface Debts {
  readonly pendingCount: number;
  readonly deadCount: number;
  /** When the oldest callback that is pending became owed, milliseconds since 1970 UTC; null when none is. */
  readonly oldestAt: number | null;
}

/** Which deliveries `list` answers: every criterion that is given must hold. */
export interface DeliveryFilter {
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
  /** Every receiver that has pending deliveries, with the moment at which the earliest of them is due. */
  pendingReceivers(): Promise<(Receiver & { nextAttemptAt: number })[]>;
  debts(): Promise<Debts>;
  /**
   * Pending deliveries of one receiver; the one that is due first comes first. Where several processes share the store,
   * these are the caller's until an attempt of them has ended, and nobody else is given them.
   */
  take(receiver: Receiver, limit: number): Promise<Delivery[]>;
  /**
   * Records an attempt before it is made, and moves the schedule on: an attempt that kills the process is not made again
   * at once by the next one.
   *
   * @returns the attempt's number; undefined when the delivery has changed since it was looked up
   */
  beginAttempt(runId: RunId, start: AttemptStart): Promise<number | undefined>;
  /**
   * Records how an attempt ended and what it made of the delivery. A failure does not undo that the delivery was
   * meanwhile asked to be sent again: its schedule has begun anew.
   */
  endAttempt(
    runId: RunId,
    number: number,
    result: AttemptResult,
  ): Promise<void>;
  /** Undoes `beginAttempt`, for an attempt that the server cut off when it stopped. */
  forgetAttempt(
    runId: RunId,
    number: number,
    before: Pick<Delivery, "attemptCount" | "nextAttemptAt">,
  ): Promise<void>;
  /** Makes a delivery dead whose schedule was over before the last attempt had an end. */
  giveUp(delivery: Pick<Delivery, "runId" | "attemptCount">): Promise<void>;
  outcomeSize(runId: RunId): Promise<OutcomeSize>;
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
