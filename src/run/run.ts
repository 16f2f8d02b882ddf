/**
 * ONE execution of an action, in the words used everywhere:
 *
 * - **action**: a user-written function with a name, an input schema and an output schema
 * - **package**: a folder or file of actions, the first half of an action's address
 * - **catalog**: the packages and actions known now
 * - **run**: one execution of an action, from acceptance to outcome
 * - **status**: `queued running passed failed cancelled`
 * - **outcome**: how a run ended: passed + result, failed + error, cancelled + reason
 * - **input / result**: what went in / came out
 * - **accept**: check everything that can be refused, then record the run
 * - **ask**: everything a caller wants of an action, answered: accept, wait, detach, replay
 * - **detach**: tell the waiting caller "async-return"; from then on the outcome belongs to the callback
 * - **unheard**: the connection of the waiting caller broke before it was told
 * - **cancel / abort**: what a person asks of a run / what happens to a signal
 * - **attempt**: one call of the action's code for a run; an action may ask for several
 * - **back off**: what a run does between two attempts: it has no slot, and is still `running`
 * - **finish**: record the outcome, once; the first outcome wins
 * - **interrupted**: the server stopped while the run was running
 * - **lingering**: code that goes on after its run has its outcome (`abandoned` on the wire)
 * - **event**: a fact about a run, published in order to all who watch
 * - **callback, delivery, deliver**: the URL owed an outcome; the record of that debt; paying it
 * - **drain**: let running runs end while accepting none
 */
import type { RunErrorCode } from "../errors.ts";

/** UUIDv7, lower case. */
export type RunId = string;

/** A run only moves forward: queued → running → passed | failed | cancelled, or queued → cancelled | failed. */
export const STATUSES = [
  "queued",
  "running",
  "passed",
  "failed",
  "cancelled",
] as const;
export type Status = (typeof STATUSES)[number];

/** Why a run did not pass, for programs. */
export interface RunError {
  /** Says which of the server's kinds of failure this is. */
  kind: RunErrorCode;
  /** The action's own code when it threw an `ActionError` that has one, else `kind`. */
  code: string;
  message: string;
  /** What the `ActionError` carried along; JSON. */
  data?: unknown;
  /** JSON text: what callers are told in place of the problem, where the `ActionError` has a body. */
  body?: string;
  /** HTTP status the `ActionError` asked for, 400–599, or 200–299 with a body. */
  httpStatus?: number;
  /** The name of what was thrown, such as "TypeError", when it was not an `ActionError`. */
  name?: string;
  /** Whether the same request may pass when it is sent again. */
  retryable?: boolean;
}

/** How a run ended. A failed run is data, not an exception. */
export type Outcome =
  | { readonly status: "passed"; /** JSON text. */ readonly result: string }
  | { readonly status: "failed"; readonly error: RunError }
  | { readonly status: "cancelled"; readonly error: RunError };

/** A run as it is recorded. Moments are milliseconds since 1970 UTC. */
export interface Run {
  readonly id: RunId;
  /** 1, 2, 3 … in order of acceptance, unique for ever. */
  readonly numberedId: number;
  readonly package: string;
  readonly action: string;
  readonly status: Status;
  /** JSON text, defaults filled in. */
  readonly input: string;
  /** JSON text; only when passed. */
  readonly result: string | null;
  /** Only when failed or cancelled. */
  readonly error: RunError | null;
  /** The caller's own id, "" when none. */
  readonly requestId: string;
  readonly callbackUrl: string | null;
  /** The caller waits no more: it was told "async-return", or its connection broke first. */
  readonly detached: boolean;
  /** When it was told so; null when its connection broke first. */
  readonly detachedAt: number | null;
  /** Whether it has left files. */
  readonly hasArtifacts: boolean;
  /** How often it has begun. */
  readonly attempt: number;
  /** When it is tried again, while it backs off; else null. */
  readonly nextAttemptAt: number | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Milliseconds from start to finish, queueing not counted, on a clock that never jumps. */
  readonly runMs: number | null;
  /** W3C trace context of the request. */
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  /** How long it may be queued, in milliseconds; null where there is no limit. */
  readonly startTimeoutMs: number | null;
  /** How long it may run, in milliseconds; null where there is no limit. */
  readonly runTimeoutMs: number | null;
  /** The key it was started with (`Caller.keyId`): whose run it is. "" where nobody had one. */
  readonly owner: string;
  /** The caller's `Idempotency-Key`: no other run of its owner has it. */
  readonly idempotencyKey: string | null;
  /** Of the action and its input; null without an idempotency key. */
  readonly fingerprint: string | null;
  /** Whether secrets came with its request. They are in memory alone: without them it cannot run after a restart. */
  readonly sentSecrets: boolean;
}

export function isFinished({ status }: Pick<Run, "status">): boolean {
  return status !== "queued" && status !== "running";
}

/** How a finished run ended. */
export function outcomeOf({
  status,
  result,
  error,
}: Pick<Run, "status" | "result" | "error">): Outcome {
  if (error === null) return { status: "passed", result: result ?? "null" };
  return { status: status === "cancelled" ? "cancelled" : "failed", error };
}
