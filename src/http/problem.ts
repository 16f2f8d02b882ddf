/** Problem details for every error (RFC 9457). This is the only place that maps error codes to HTTP status codes. */
import type { ErrorCode, ServerError } from "../errors.ts";
import type { Run, RunError } from "../run/run.ts";

interface Kind {
  readonly status: number;
  readonly title: string;
  /** The same request may succeed when it is sent again. */
  readonly retryable?: true;
}

const KINDS: Record<ErrorCode, Kind> = {
  unauthorized: { status: 401, title: "API key required" },
  issuer_unavailable: {
    status: 503,
    title: "Access tokens cannot be checked",
    retryable: true,
  },
  forbidden: { status: 403, title: "Permission denied" },
  host_not_allowed: { status: 421, title: "Host name not allowed" },
  origin_not_allowed: { status: 403, title: "Origin not allowed" },
  invalid_target: { status: 400, title: "Invalid request target" },
  invalid_header: { status: 400, title: "Invalid request header" },
  invalid_parameter: { status: 400, title: "Invalid parameter" },
  callback_not_allowed: { status: 400, title: "Callback URL not allowed" },
  invalid_json: { status: 400, title: "Invalid JSON" },
  invalid_input: { status: 422, title: "The input does not match its schema" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  input_too_large: { status: 413, title: "Input too large" },
  route_not_found: { status: 404, title: "Route not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  action_not_found: { status: 404, title: "Action not found" },
  run_not_found: { status: 404, title: "Run not found" },
  request_not_found: { status: 404, title: "Request not found" },
  callback_not_found: { status: 404, title: "Callback not found" },
  callback_not_owed: {
    status: 409,
    title: "The run has no callback to deliver",
  },
  artifact_not_found: { status: 404, title: "Artifact not found" },
  range_not_satisfiable: { status: 416, title: "Range not satisfiable" },
  key_not_found: { status: 404, title: "Key not found" },
  key_name_taken: { status: 409, title: "Another key has this name" },
  run_not_finished: { status: 409, title: "Run not finished" },
  idempotency_key_reused: {
    status: 422,
    title: "Idempotency key already used",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    retryable: true,
  },
  too_many_runs: {
    status: 429,
    title: "Too many runs for this API key",
    retryable: true,
  },
  headers_too_large: { status: 431, title: "Request headers too large" },
  request_timed_out: {
    status: 408,
    title: "Request timed out",
    retryable: true,
  },
  overloaded: { status: 503, title: "Server overloaded", retryable: true },
  concurrency_key_failed: {
    status: 500,
    title: "The concurrency key failed",
  },
  missing_secret: { status: 422, title: "Secret missing" },
  secrets_lost: {
    status: 503,
    title: "Secrets of the request lost",
    retryable: true,
  },
  shutting_down: {
    status: 503,
    title: "Server shutting down",
    retryable: true,
  },
  store_unavailable: {
    status: 503,
    title: "Runs cannot be recorded",
    retryable: true,
  },
  internal: { status: 500, title: "Internal server error" },
  action_failed: { status: 500, title: "Action failed" },
  invalid_result: {
    status: 500,
    title: "The result does not match its schema",
  },
  result_too_large: { status: 500, title: "Result too large" },
  crashed: { status: 500, title: "Process crashed" },
  run_timed_out: { status: 504, title: "Run timed out" },
  start_timed_out: {
    status: 503,
    title: "Run queued for too long",
    retryable: true,
  },
  run_cancelled: { status: 409, title: "Run cancelled" },
  interrupted: {
    status: 503,
    title: "Run interrupted",
    retryable: true,
  },
};

/** @returns the HTTP status of refusals and runs with this code, unless the action chooses another */
export function statusOf(code: ErrorCode): number {
  return KINDS[code].status;
}

export function titleOf(code: ErrorCode): string {
  return KINDS[code].title;
}

/** The codes of errors that the action's own code causes. */
const ACTION_CODES: ReadonlySet<ErrorCode> = new Set([
  "action_failed",
  "concurrency_key_failed",
]);

/** The codes that the original calls "validation-error". */
const INPUT_CODES: ReadonlySet<ErrorCode> = new Set([
  "invalid_json",
  "invalid_input",
]);

/** Seconds until a caller may try again, when nothing better is known. */
const RETRY_AFTER_SECONDS = 5;

/** The members of `application/problem+json` (RFC 9457 section 3) with this server's extensions. */
export interface Problem {
  /** `urn:actiond:problem:` followed by one of the server's own codes, even when `code` comes from the action. */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** The code of the action's `ActionError` if it has one, otherwise one of the server's codes. */
  code: string;
  source: "server" | "action";
  /** Whether the same request may succeed when it is sent again. */
  retryable: boolean;
  run_id?: string;
  /** The `data` of the `ActionError`. */
  data?: unknown;
  /** The places where the input does not match its schema. */
  errors?: readonly { path: string; message: string }[];
  /** The two members of the original's errors, by which its clients tell errors from results. */
  error_code: "validation-error" | "internal-error";
  message: string;
}

/** @returns the problem that a refused request is answered with */
export function toRefusalProblem(error: ServerError, runId?: string): Problem {
  return {
    ...toProblem({ kind: error.code, message: error.message }),
    ...(runId === undefined ? {} : { run_id: runId }),
    ...(error.errors === undefined ? {} : { errors: error.errors }),
  };
}

/** @returns the problem of a run that failed or was cancelled, which is both the reply to its caller and the body of its callback */
export function toRunProblem(runId: string, error: RunError): Problem {
  return {
    ...toProblem(error),
    run_id: runId,
    ...(error.data === undefined ? {} : { data: error.data }),
  };
}

/** @returns the JSON with which a run that did not pass speaks: the body that its action has chosen, or its problem */
export function toErrorBody(runId: string, error: RunError): string {
  return error.body ?? JSON.stringify(toRunProblem(runId, error));
}

/** @returns the JSON body of a finished run's callback: its bare result, or its problem */
export function toCallbackBody(run: Run): string {
  if (run.error === null) return run.result ?? "null";
  return toErrorBody(run.id, run.error);
}

/** @returns the seconds after which to try again; undefined when the problem does not say */
export function toRetryAfter({ status }: Problem): number | undefined {
  return status === 503 ? RETRY_AFTER_SECONDS : undefined;
}

function toProblem(error: {
  kind: ErrorCode;
  message: string;
  code?: string;
  httpStatus?: number;
  retryable?: boolean;
}): Problem {
  const { status, title, retryable = false } = KINDS[error.kind];
  return {
    type: `urn:actiond:problem:${error.kind}`,
    title,
    status: error.httpStatus ?? status,
    detail: error.message,
    code: error.code ?? error.kind,
    source: ACTION_CODES.has(error.kind) ? "action" : "server",
    retryable: error.retryable ?? retryable,
    error_code: INPUT_CODES.has(error.kind)
      ? "validation-error"
      : "internal-error",
    message: error.message,
  };
}
