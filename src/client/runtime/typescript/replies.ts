/** What a reply means. */
import {
  ActiondError,
  ActionFailedError,
  InvalidInputError,
  type Problem,
  RunCancelledError,
  RunTimedOutError,
  UnavailableError,
} from "./errors.ts";

const CLASSES: Readonly<
  Record<string, new (problem: Problem) => ActiondError>
> = {
  action_failed: ActionFailedError,
  invalid_result: ActionFailedError,
  result_too_large: ActionFailedError,
  crashed: ActionFailedError,
  run_cancelled: RunCancelledError,
  interrupted: RunCancelledError,
  run_timed_out: RunTimedOutError,
  start_timed_out: RunTimedOutError,
  invalid_input: InvalidInputError,
};

/** Refusals after which the same request may soon succeed. How a run ended is not among them. */
const PASSING = new Set([
  "overloaded",
  "rate_limited",
  "too_many_runs",
  "request_timed_out",
  "issuer_unavailable",
  "shutting_down",
  "store_unavailable",
]);

/** A reply that was read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Whether the reply says that the run goes on. */
export function isUnfinished({ status, headers }: Reply): boolean {
  return status === 202 || headers.has("x-action-async-completion");
}

export function isPassing(reply: Reply): boolean {
  if (reply.status < 400) return false;
  const kind = kindOf(toProblem(reply.text));
  // What is no problem of the server comes from a proxy in front of it.
  if (kind === undefined) return [502, 503, 504].includes(reply.status);
  return PASSING.has(kind);
}

/** @throws {ActiondError} there is no result */
export function resultOf(reply: Reply): unknown {
  if (reply.status >= 400) throw toError(reply);
  try {
    return JSON.parse(reply.text);
  } catch (error) {
    const detail = "The reply is not JSON: what answered may not be actiond.";
    const { status } = reply;
    throw new ActiondError(
      { detail, code: "invalid_reply", status },
      { cause: error },
    );
  }
}

export function runIdOf({ headers }: Reply): string {
  return headers.get("x-action-server-run-id") ?? "";
}

export function toError({ status, text }: Reply): ActiondError {
  const problem = toProblem(text);
  const kind = kindOf(problem);
  const known = kind === undefined ? undefined : CLASSES[kind];
  if (known !== undefined) return new known(problem);
  return new ActiondError({
    status,
    detail: `The server answered with the status ${status}.`,
    ...problem,
  });
}

export function toUnavailable(why: unknown, base: string): UnavailableError {
  if (why instanceof ActiondError)
    return new UnavailableError({
      detail: why.message,
      code: why.code,
      status: why.status,
      retryable: true,
    });
  return new UnavailableError(
    {
      detail: `${base} cannot be reached.`,
      code: "unreachable",
      retryable: true,
    },
    { cause: why },
  );
}

/** Which of the server's kinds of problems it is, even when the action chose a code of its own. */
function kindOf({ type }: Problem): string | undefined {
  return /^urn:actiond:problem:(\w+)$/.exec(type ?? "")?.[1];
}

/** @returns a problem without members when the text is not a problem, as when a proxy answered */
function toProblem(text: string): Problem {
  try {
    return (JSON.parse(text) ?? {}) as Problem;
  } catch {
    return {};
  }
}
