/** What a person gives to `action()`, and what its function is given. */
import type { Static, TObject, TSchema, TUnknown } from "@sinclair/typebox";
import type { Retries } from "./retries.ts";

/** What an action's own log lines become: entries of the server's log that carry the run's id. */
export interface ActionLog {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** What an action knows of the run it is part of. */
export interface RunContext {
  /** Aborts when the run is cancelled, has run out of time, or the server shuts down. Pass it on to `fetch` and timers. */
  readonly signal: AbortSignal;
  readonly log: ActionLog;
  /** UUIDv7 of this run. */
  readonly runId: string;
  /** The caller's own id from `x-actions-request-id`, "" when none. */
  readonly requestId: string;
  /** 1 for the first try, 2 for the second …, whether a failure or an interruption led to it. */
  readonly attempt: number;
}

/** Where an action's code runs. */
export const ISOLATIONS = ["in-process", "process"] as const;
export type Isolation = (typeof ISOLATIONS)[number];

export interface ActionDefinition<
  Input extends TSchema = TObject,
  Output extends TSchema = TUnknown,
> {
  /** Said in `GET /api/actions` and in the docs. */
  description?: string;
  /** JSON Schema of the input, made with `t.Object`. Omitted: any object. */
  input?: Input;
  /** JSON Schema of the result, made with `t`. A result that breaks it fails the run. Omitted: anything JSON can hold. */
  output?: Output;
  /**
   * What becomes of a run that is running when the server stops or dies: "cancel" records it as cancelled, "retry" runs
   * it again when the server is back. Only for actions that may run twice. Omitted: "cancel".
   */
  onInterrupt?: "cancel" | "retry";
  /**
   * How often a run may begin before an interruption cancels it, 1 to 100. Beginnings that `retries` led to count, too.
   * Omitted: 3.
   */
  maxAttempts?: number;
  /** Seconds a run may take once it has started, with all its attempts and what lies between them: then it fails with `run_timed_out` and its signal aborts. Omitted: no limit. */
  runTimeout?: number;
  /** Seconds a run may stay queued: then it fails with `start_timed_out`. Omitted: no limit. */
  startTimeout?: number;
  /**
   * Where its code runs: "in-process" in the server's own process, where it can only be asked to stop, or "process" in a
   * child process, which is killed when it does not heed its signal. Omitted: as `--isolation` says.
   */
  isolation?: Isolation;
  /** How many of its runs may run at once; with `concurrencyKey`: for each key. Omitted: as many as the server runs. */
  concurrency?: number;
  /**
   * Names what its runs must share: `({ customer }) => customer` with `concurrency: 1` is one at a time for each customer.
   * Called in the server's process with the checked input, so it must be quick. A key has 1000 characters at the most.
   */
  concurrencyKey?: (input: Static<Input>) => string;
  /** How many of its runs may be queued, all keys together; more are refused with `overloaded`. Omitted: as many as the server queues. */
  queue?: number;
  /** How often, and when, a run that failed is tried again. It stays the same run. Omitted: never. */
  retries?: Retries;
  run: (
    input: Static<Input>,
    context: RunContext,
  ) => Static<Output> | Promise<Static<Output>>;
}
