/**
 * The port through which runs are kept. Every member is asynchronous: a change resolves when it is on disk, and a
 * look-up never sees what is not. Changes take effect in the order in which they are made; what must be atomic is
 * decided by the store's answer, never by the absence of an `await` between a look-up and a change.
 */
import type { Outcome, Run, RunId, Status } from "./run.ts";

/** A run at the moment it is accepted. `startedAt` is null when it has to queue. */
export type NewRun = Pick<
  Run,
  | "id"
  | "package"
  | "action"
  | "input"
  | "requestId"
  | "callbackUrl"
  | "detached"
  | "createdAt"
  | "startedAt"
  | "traceparent"
  | "tracestate"
  | "startTimeoutMs"
  | "runTimeoutMs"
  | "owner"
  | "idempotencyKey"
  | "fingerprint"
  | "sentSecrets"
>;

/** How and when a run ended. */
export interface End {
  readonly outcome: Outcome;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** Milliseconds from start to finish; null when the run never started. */
  readonly runMs: number | null;
}

/**
 * Who records an outcome.
 *
 * - `code`: who carries the run, and its code has ended
 * - `carrier`: who carries the run, while its code goes on; its slot stays taken until its `Place` is disposed of
 * - `anyone`: whoever else; who carries the run hears of it (`News.onEnded`)
 *
 * Only a store that several processes share makes a difference: a process that is taken for dead carries nothing.
 */
export type Finisher = "code" | "carrier" | "anyone";

/** What recording an outcome changed. */
export interface Finish {
  /** Whether this outcome was the first one: only then does it count. */
  readonly isFirst: boolean;
  /**
   * Whether the outcome belongs to the callback, so that no waiting caller may be told; undefined where only this process
   * could have detached the caller.
   */
  readonly isDetached?: boolean;
  /** Host and port of the callback URL that is now owed the outcome. */
  readonly owedTo?: string;
}

/** What `list` answers: every criterion that is given must hold. */
export interface RunFilter {
  /** How many runs a page has at most. */
  readonly limit: number;
  /** Bytes of inputs, results and errors that a page has at most; a page has one run in any case. */
  readonly maxBytes?: number;
  /** Whether inputs and results are left out, which may be large: the runs have "" and null instead. */
  readonly isLean?: boolean;
  /** Only runs accepted before the one with this `numberedId`. */
  readonly before?: number;
  /** Any of these; all when none is given. */
  readonly statuses?: readonly Status[];
  readonly package?: string;
  readonly action?: string;
  readonly requestId?: string;
  readonly owner?: string;
}

/** One page of a list, newest first. */
export interface RunPage {
  readonly runs: readonly Run[];
  /** Whether older runs match as well. */
  readonly hasMore: boolean;
}

export interface RunStore {
  /**
   * Records a run.
   *
   * @param end how it ended, where that is known already: then the run needs no second write
   * @returns the earlier run of the same owner with the same idempotency key, in which case nothing was recorded
   */
  insert(run: NewRun, end?: End): Promise<Run | undefined>;
  /** Records that the run begins for the `attempt`th time. @returns false when it has finished already */
  start(id: RunId, startedAt: number, attempt: number): Promise<boolean>;
  /** Records that an attempt has failed and when the next one is due: until it resumes, no code of the run is called. */
  postpone(id: RunId, nextAttemptAt: number): Promise<boolean>;
  /** Records that a postponed run goes on with its `attempt`th attempt. @returns false when it has finished already */
  resume(id: RunId, attempt: number): Promise<boolean>;
  /** From now on the outcome belongs to the callback. @returns false when the run has finished already */
  detach(id: RunId): Promise<boolean>;
  /**
   * Like `detach`, for a caller whose connection broke before it was told: when the outcome is recorded already, it
   * becomes owed to the callback now.
   */
  detachUnheard(id: RunId): Promise<Pick<Finish, "owedTo">>;
  /**
   * Records how a run ended and, when it is detached and has a callback, that the callback is owed: in one
   * transaction. The first outcome wins: later calls change nothing.
   *
   * @param by `code` when omitted
   */
  finish(
    run: Pick<Run, "id" | "callbackUrl">,
    end: End,
    by?: Finisher,
  ): Promise<Finish>;
  /** Records that the run has left files. */
  markArtifacts(id: RunId): Promise<boolean>;
  /** Deletes a finished run whose callback is not pending. @returns false when there is no such run */
  delete(id: RunId): Promise<boolean>;
  find(id: RunId): Promise<Run | undefined>;
  /** Like `find`, without the input and the result, which may be large: they are "" and null. */
  findLean(id: RunId): Promise<Run | undefined>;
  /** @returns so many bytes of the text of a result from this one on, or as many as there are */
  readResult(id: RunId, from: number, byteCount: number): Promise<Uint8Array>;
  /** @returns how many bytes its input, result and error have together; 0 when there is no such run */
  bytesOf(id: RunId): Promise<number>;
  findByIdempotencyKey(owner: string, key: string): Promise<Run | undefined>;
  /** Finds the oldest run that carries this request id, among one owner's runs or among all. */
  findByRequestId(
    requestId: string,
    owner?: string,
  ): Promise<RunId | undefined>;
  /** Lists runs, newest first. */
  list(filter: RunFilter): Promise<RunPage>;
  /**
   * All runs that are queued or running and that nobody carries, oldest first, without their inputs: together these may
   * be larger than memory. A store that several processes share has none: it hands them out one by one.
   */
  unfinished(): Promise<Run[]>;
}
