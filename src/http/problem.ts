/** Problems: what goes wrong, as RFC 9457 describes it. The one place where codes become status codes. */
import type { ErrorCode, ServerError } from "../errors.ts";
import type { Run, RunError } from "../run/run.ts";

interface Kind {
  readonly status: number;
  readonly title: string;
  /** The same request may pass when it is sent again. */
  readonly retryable?: true;
}

const KINDS: Record<ErrorCode, Kind> = {
  unauthorized: { status: 401, title: "A key is needed" },
  forbidden: { status: 403, title: "The key may not do this" },
  host_not_allowed: { status: 421, title: "The server has another name" },
  origin_not_allowed: { status: 403, title: "The page may not do this" },
  invalid_header: { status: 400, title: "A request header is wrong" },
  invalid_parameter: { status: 400, title: "A parameter is wrong" },
  callback_not_allowed: { status: 400, title: "The callback may not go there" },
  invalid_json: { status: 400, title: "The body is no JSON" },
  invalid_input: { status: 422, title: "The input breaks its schema" },
  unsupported_media_type: { status: 415, title: "The body is not JSON" },
  input_too_large: { status: 413, title: "The input is too large" },
  route_not_found: { status: 404, title: "There is nothing here" },
  action_not_found: { status: 404, title: "There is no such action" },
  run_not_found: { status: 404, title: "There is no such run" },
  request_not_found: { status: 404, title: "There is no such request" },
  callback_not_found: { status: 404, title: "There is no such callback" },
  callback_not_owed: { status: 409, title: "The run owes no callback" },
  run_not_finished: { status: 409, title: "The run is not finished" },
  idempotency_key_reused: {
    status: 422,
    title: "The idempotency key belongs to another request",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    retryable: true,
  },
  too_many_runs: {
    status: 429,
    title: "Too many runs of one key",
    retryable: true,
  },
  headers_too_large: { status: 431, title: "The headers are too large" },
  request_timed_out: {
    status: 408,
    title: "The request took too long to arrive",
    retryable: true,
  },
  overloaded: { status: 503, title: "Too many runs", retryable: true },
  concurrency_key_failed: {
    status: 500,
    title: "The action does not say what its run shares with others",
  },
  shutting_down: { status: 503, title: "Shutting down", retryable: true },
  store_unavailable: {
    status: 503,
    title: "Runs cannot be recorded",
    retryable: true,
  },
  internal: { status: 500, title: "Something is wrong with the server" },
  action_failed: { status: 500, title: "The action failed" },
  invalid_result: { status: 500, title: "The result breaks its schema" },
  result_too_large: { status: 500, title: "The result is too large" },
  crashed: { status: 500, title: "The process of the run ended" },
  run_timed_out: { status: 504, title: "The run took too long" },
  start_timed_out: {
    status: 503,
    title: "The run was queued for too long",
    retryable: true,
  },
  run_cancelled: { status: 409, title: "The run was cancelled" },
  interrupted: {
    status: 503,
    title: "The server stopped during the run",
    retryable: true,
  },
};

/** What comes of an action's own code. */
const OF_ACTIONS: ReadonlySet<ErrorCode> = new Set([
  "action_failed",
  "concurrency_key_failed",
]);

/** Seconds after which a caller may try again, where nothing better is known. */
const RETRY_AFTER_SECONDS = 5;

/** `application/problem+json`, RFC 9457 section 3, with this server's extensions. */
export interface Problem {
  /** `urn:actiond:problem:` and one of the server's own codes, also where `code` is the action's. */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** One of the server's codes; the action's own where its `ActionError` has one. */
  code: string;
  source: "server" | "action";
  /** Whether the same request may pass when it is sent again. */
  retryable: boolean;
  run_id?: string;
  /** What the `ActionError` carried along. */
  data?: unknown;
  /** Where the input breaks its schema. */
  errors?: readonly { path: string; message: string }[];
}

/** @returns the problem a refused request is answered with */
export function toRefusalProblem(error: ServerError, runId?: string): Problem {
  return {
    ...toProblem({ kind: error.code, message: error.message }),
    ...(runId === undefined ? {} : { run_id: runId }),
    ...(error.errors === undefined ? {} : { errors: error.errors }),
  };
}

/** @returns the problem of a run that failed or was cancelled: the reply to its caller, and its callback's body */
export function toRunProblem(runId: string, error: RunError): Problem {
  return {
    ...toProblem(error),
    run_id: runId,
    ...(error.data === undefined ? {} : { data: error.data }),
  };
}

/** @returns the JSON that a finished run's callback carries: its bare result, or its problem */
export function toCallbackBody(run: Run): string {
  if (run.error === null) return run.result ?? "null";
  return JSON.stringify(toRunProblem(run.id, run.error));
}

/** @returns when to try again, in seconds, for a problem that says it may pass then */
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
    source: OF_ACTIONS.has(error.kind) ? "action" : "server",
    retryable: error.retryable ?? retryable,
  };
}
