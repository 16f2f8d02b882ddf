/** The definition that `action()` takes, and the context that the function of an action gets. */
import type { TObject, TUnknown } from "@sinclair/typebox";
import type { ArtifactData, Artifacts } from "./artifacts.ts";
import type { FileOutput } from "./file-output.ts";
import type { InputOf, ResultOf, Schema } from "./schema/infer.ts";
import type { Presentation } from "./presentation.ts";
import type { Retries } from "./retries.ts";

/** The log of a run: `GET /api/runs/{id}/logs` shows its lines, and the server's log has them with the run's id. */
export interface ActionLog {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** The request for a run, as its action sees it. After a restart of the server nothing of it is known any more. */
export interface ActionRequest {
  /** The headers, without the API key, bearer tokens and cookies. */
  readonly headers: Headers;
  /** The cookies by their names. */
  readonly cookies: Readonly<Record<string, string>>;
  /** What `x-action-context` held, decrypted; undefined when it was not sent. */
  readonly actionContext: Readonly<Record<string, unknown>> | undefined;
  /** What `x-data-context` held, decrypted. */
  readonly dataContext: Readonly<Record<string, unknown>> | undefined;
  /** What `x-action-invocation-context` held, decrypted. */
  readonly invocationContext: Readonly<Record<string, unknown>> | undefined;
}

/** The secrets that an action declares are there; of others nobody knows. */
type Secrets<Names extends string> = string extends Names
  ? Readonly<Partial<Record<string, string>>>
  : Readonly<Record<Names, string>>;

/** The context of a run, which its action gets as second argument. */
export interface RunContext<SecretNames extends string = string> {
  /** The signal that aborts when the run is cancelled or times out, or when the server stops. Pass it to `fetch` and timers. */
  readonly signal: AbortSignal;
  readonly log: ActionLog;
  readonly artifacts: Artifacts;
  /**
   * Says how far the run has come, from 0 to 1, to whoever watches it. Only the latest matters: of several within
   * moments, one is told.
   *
   * @throws {TypeError} `fraction` is not a number
   */
  readonly progress: (fraction: number, message?: string) => void;
  /** The id of this run, a UUIDv7. */
  readonly runId: string;
  /** The caller's own id from `x-actions-request-id`; "" if it gave no id. */
  readonly requestId: string;
  /**
   * The secrets of the run by their names: those that the action declares with `secrets`, and all that its request
   * brought. Logs do not show their values.
   */
  readonly secrets: Secrets<SecretNames>;
  readonly request: ActionRequest;
  /** The name of the API key with which the run was started; "" on a server without keys. */
  readonly caller: string;
  /** The number of this attempt: 1 for the first, 2 for the second, whether a failure or an interruption led to it. */
  readonly attempt: number;
  /**
   * Calls `code` and returns what it returns. Where the server is traced, that is a step of its own in the trace of this
   * run; elsewhere it is a plain call.
   */
  readonly trace: <Value>(name: string, code: () => Value) => Value;
}

/** The places where an action's code may run. */
export const ISOLATIONS = ["in-process", "process"] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** What the code returns; for `file()` that is the data of the file. */
type Returned<Output> = Output extends FileOutput
  ? ArtifactData
  : ResultOf<Output>;

export interface ActionDefinition<
  Input extends Schema = TObject,
  Output extends Schema = TUnknown,
  SecretNames extends string = string,
> extends Presentation {
  /** The description in `GET /api/actions` and in the API documentation. */
  description?: string;
  /**
   * The schema of the input, which is an object: made with `t.Object`, of zod, valibot or arktype (Standard Schema with JSON
   * Schema), or JSON Schema itself. By default the input may be any object.
   */
  input?: Input;
  /** The schema of the result, of any of these kinds. A result that does not match fails the run. By default it may be any JSON. */
  output?: Output;
  /**
   * What happens to a run that is running when the server stops or crashes: "cancel", the default, records it as
   * cancelled. "retry" runs it again when the server is back; choose it only for actions that may safely run twice.
   */
  onInterrupt?: "cancel" | "retry";
  /**
   * With `onInterrupt: "retry"`, an interruption cancels a run that has already begun this many attempts, 1 to 100.
   * Attempts that `retries` led to count, too. The default is 3.
   */
  maxAttempts?: number;
  /**
   * How many seconds a run may take once it has started, including all its attempts and the waits between them. Then its
   * signal aborts and it fails with `run_timed_out`. By default there is no limit.
   */
  runTimeout?: number;
  /** How many seconds a run may stay queued. Then it fails with `start_timed_out`. By default there is no limit. */
  startTimeout?: number;
  /**
   * Where the code runs: "in-process", in the server's own process, where it can only be asked to stop, or "process", in a
   * child process that is killed if the code goes on after its signal has aborted. The default is set by `--isolation`.
   */
  isolation?: Isolation;
  /** How many runs of this action, or of each `concurrencyKey`, may run at once. By default only the server's limit applies. */
  concurrency?: number;
  /**
   * Returns a key, so that `concurrency` applies to the runs of each key: `({ customer }) => customer` with
   * `concurrency: 1` allows one run at a time for each customer. It is called in the server's process with the checked
   * input, so it must be quick. A key has at most 1000 characters.
   */
  concurrencyKey?: (input: InputOf<Input>) => string;
  /**
   * How many runs of this action may be queued, for all keys together. More are refused with `overloaded`. By default only
   * the server's limit applies.
   */
  queue?: number;
  /**
   * The names of secrets that the code needs, such as `["GITHUB_TOKEN"]`. Each comes from the request, from `--secrets-file`
   * or from the environment, in this order; without one of them a run is refused with `missing_secret`.
   */
  secrets?: readonly SecretNames[];
  /** How often, and when, a failed run is tried again. It stays the same run. By default it is never tried again. */
  retries?: Retries;
  /**
   * The code of the action. It returns the result, or is an `async *` function that yields it in chunks: callers who
   * accept `text/event-stream` get each chunk at once. What it returns at its end is the result; else all chunks are.
   */
  run: (
    input: InputOf<Input>,
    context: RunContext<SecretNames>,
  ) =>
    | Returned<Output>
    | Promise<Returned<Output>>
    | AsyncGenerator<unknown, Returned<Output> | void>;
}
