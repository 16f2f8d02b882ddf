/** The errors that a caller or an operator sees. Codes are a closed set, and `http/problem.ts` gives each one HTTP status. */

/** The codes of refused requests: no run was created or found. */
export type RefusalCode =
  | "unauthorized"
  | "issuer_unavailable"
  | "forbidden"
  | "host_not_allowed"
  | "origin_not_allowed"
  | "invalid_target"
  | "invalid_header"
  | "invalid_parameter"
  | "callback_not_allowed"
  | "invalid_json"
  | "invalid_input"
  | "unsupported_media_type"
  | "input_too_large"
  | "route_not_found"
  | "method_not_allowed"
  | "action_not_found"
  | "run_not_found"
  | "request_not_found"
  | "callback_not_found"
  | "callback_not_owed"
  | "run_not_finished"
  | "artifact_not_found"
  | "range_not_satisfiable"
  | "key_not_found"
  | "key_name_taken"
  | "idempotency_key_reused"
  | "overloaded"
  | "rate_limited"
  | "too_many_runs"
  | "request_timed_out"
  | "headers_too_large"
  | "concurrency_key_failed"
  | "missing_secret"
  | "shutting_down"
  | "store_unavailable"
  | "internal";

/** The codes of accepted runs that did not pass. */
export type RunErrorCode =
  | "action_failed"
  | "invalid_result"
  | "result_too_large"
  | "run_timed_out"
  | "start_timed_out"
  | "run_cancelled"
  | "interrupted"
  | "crashed"
  | "action_not_found"
  | "invalid_input"
  | "concurrency_key_failed"
  | "missing_secret"
  | "secrets_lost";

export type ErrorCode = RefusalCode | RunErrorCode;

/** One place where an input does not match its schema. `path` is a JSON Pointer (RFC 6901), "" for the whole input. */
export interface InputError {
  path: string;
  message: string;
}

/** A caller's mistake, or a refusal that the caller can act on. Any other error that is thrown is a bug. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: RefusalCode;
  /** The places where the input does not match its schema; only with `invalid_input`. */
  readonly errors: readonly InputError[] | undefined;
  /** The seconds after which the caller may try again. */
  readonly retryAfterSeconds: number | undefined;
  /** The run that exists although the request was refused. */
  readonly runId: string | undefined;
  /** The scope that the caller lacks; only with `forbidden`. */
  readonly scope: string | undefined;

  constructor(
    code: RefusalCode,
    message: string,
    details: {
      cause?: unknown;
      errors?: readonly InputError[] | undefined;
      retryAfterSeconds?: number | undefined;
      runId?: string;
      scope?: string | undefined;
    } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.errors = details.errors;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.runId = details.runId;
    this.scope = details.scope;
  }

  /** The same refusal, about a run that exists. */
  about(runId: string): ServerError {
    const { cause, errors, retryAfterSeconds, scope } = this;
    const details = { cause, errors, retryAfterSeconds, scope, runId };
    return new ServerError(this.code, this.message, details);
  }
}

/** An error whose message is for the person who runs the program: it says what is wrong and what would be right. */
export class OperatorError extends Error {
  override readonly name: string = "OperatorError";
  /** Exit code of a program that ends with this error. */
  readonly exitCode: number = 1;
}

/** A mistake in the command line, the environment or a file that they name. The message is one line without secrets. */
export class UsageError extends OperatorError {
  override readonly name = "UsageError";
  override readonly exitCode = 2;
}

/** What is wrong with a text that `JSON.parse` refused, without a period. */
export function toJsonMistake(error: unknown): string {
  const { message } = error as Error;
  return message.replace(/^JSON Parse error: /, "").slice(0, 200);
}
