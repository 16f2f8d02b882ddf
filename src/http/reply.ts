/** Makes replies: results, "async-return", run objects and problems, with the headers each of them needs. */
import { ServerError } from "../errors.ts";
import type { Outcome, Run, RunId } from "../run/run.ts";
import { acceptsGzip, hasAlready, toEtag } from "./caching/negotiate.ts";
import {
  toGzippedResponse,
  toJsonResponse,
  toResponse,
} from "./held-replies.ts";
import {
  type Problem,
  toRefusalProblem,
  toRetryAfter,
  toRunProblem,
} from "./problem.ts";
import { toRunObject } from "./runs/run-object.ts";

/** Every reply about a run that exists carries its id here. */
const RUN_ID = "x-action-server-run-id";
/** Tells a body that an action has chosen for its failure from a result. */
const RUN_STATUS = "x-action-server-run-status";
/** How often it makes sense to look at a run that goes on, in seconds. */
const POLL_SECONDS = 1;

/** The headers of most replies. The gate would add the last one, which takes longer. */
const JSON_TYPE = {
  "content-type": "application/json",
  // With x-api-key, a shared cache would keep what is one caller's alone (RFC 9111 section 3.5).
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

/** Any JSON. */
export function jsonReply(
  body: unknown,
  headers?: Readonly<Record<string, string>>,
  status = 200,
): Response {
  return toJsonResponse(body, {
    status,
    headers: headers === undefined ? JSON_TYPE : { ...JSON_TYPE, ...headers },
  });
}

/**
 * JSON that is asked for again and again: it is not sent to those who have it, and compressed if it is long.
 *
 * @param options.headers besides those of all JSON
 * @param options.version what changes whenever the body does; the body itself if that is not large
 */
export function listReply(
  body: unknown,
  request: Request,
  {
    headers = {},
    version = body,
  }: { headers?: Readonly<Record<string, string>>; version?: unknown } = {},
): Response {
  const etag = toEtag(JSON.stringify(version));
  const all = { ...JSON_TYPE, ...headers, etag, vary: "accept-encoding" };
  if (hasAlready(request, etag))
    return new Response(null, { status: 304, headers: all });
  return acceptsGzip(request)
    ? toGzippedResponse(body, all)
    : toJsonResponse(body, { headers: all });
}

/** Text of this type. */
export function textReply(text: string, type: string): Response {
  return new Response(text, {
    headers: { "content-type": type, "cache-control": "no-store" },
  });
}

/** There is nothing to say besides that it is done. */
export function emptyReply(): Response {
  return new Response(null, { status: 204 });
}

/** The URL is another one. With 307 the method and the body stay the same. */
export function redirectReply(
  location: string,
  status: 302 | 307 = 302,
): Response {
  const headers = { location };
  return new Response(null, { status, headers });
}

/** The methods that the path has, for `OPTIONS` (RFC 9110 section 9.3.7). */
export function allowReply(methods: readonly string[]): Response {
  const headers = { allow: methods.join(", ") };
  return new Response(null, { status: 204, headers });
}

/** The path has other methods (RFC 9110 section 15.5.6). */
export function methodReply(
  method: string,
  allowed: readonly string[],
): Response {
  const response = refusalReply(
    new ServerError(
      "method_not_allowed",
      `This path supports ${allowed.join(", ")}, not ${method}.`,
    ),
  );
  response.headers.set("allow", allowed.join(", "));
  return response;
}

/** Whoever names this type wants the problem even where the action has chosen a body. */
const PROBLEM_TYPE = "application/problem+json";

/** What the caller would have been answered by the run itself. */
export function outcomeReply(
  id: RunId,
  outcome: Outcome,
  accept: string | null,
): Response {
  if (outcome.status !== "passed") {
    const { error } = outcome;
    if (error.body === undefined || accept?.includes(PROBLEM_TYPE) === true)
      return problemReply(toRunProblem(id, error));
    return toResponse(error.body, {
      status: error.httpStatus ?? 500,
      headers: { ...JSON_TYPE, [RUN_ID]: id, [RUN_STATUS]: outcome.status },
    });
  }
  return toResponse(outcome.result, {
    headers: { ...JSON_TYPE, [RUN_ID]: id },
  });
}

/** The run goes on in the background; the caller asked for that with `x-actions-async-timeout`. */
export function asyncReturnReply(id: RunId): Response {
  return new Response('"async-return"', {
    headers: {
      ...JSON_TYPE,
      [RUN_ID]: id,
      "x-action-async-completion": "1",
      location: `/api/runs/${id}`,
    },
  });
}

/** The run goes on in the background; the caller asked for that with `Prefer` (RFC 7240). */
export function preferenceReply(run: Run, preference: string): Response {
  return toJsonResponse(toRunObject(run), {
    status: 202,
    headers: {
      ...JSON_TYPE,
      [RUN_ID]: run.id,
      "x-action-async-completion": "1",
      location: `/api/runs/${run.id}`,
      "retry-after": String(POLL_SECONDS),
      "preference-applied": preference,
    },
  });
}

/** Says that the reply is about the run of an earlier request. */
export function replayed(response: Response): Response {
  response.headers.set("idempotency-replayed", "true");
  return response;
}

/** The run is not finished: here is what is known of it. */
export function unfinishedReply(run: Run): Response {
  return toJsonResponse(toRunObject(run), {
    status: 202,
    headers: {
      ...JSON_TYPE,
      [RUN_ID]: run.id,
      location: `/api/runs/${run.id}`,
      "retry-after": String(POLL_SECONDS),
    },
  });
}

/** Anything about one run. */
export function runReply(id: RunId, body: unknown): Response {
  return jsonReply(body, { [RUN_ID]: id });
}

/**
 * @param runId of the run that exists although the request was refused
 * @param more members of the problem
 */
export function refusalReply(
  error: ServerError,
  runId: RunId | undefined = error.runId,
  more: object = {},
): Response {
  const { code, retryAfterSeconds } = error;
  const problem = { ...toRefusalProblem(error, runId), ...more };
  const response = problemReply(problem, retryAfterSeconds);
  // Otherwise the rest of the request would be waited for: RFC 9110 section 15.5.9.
  if (code === "request_timed_out") response.headers.set("connection", "close");
  return response;
}

function problemReply(
  problem: Problem,
  retryAfterSeconds = toRetryAfter(problem),
): Response {
  return toJsonResponse(problem, {
    status: problem.status,
    headers: {
      "content-type": PROBLEM_TYPE,
      "cache-control": "no-store",
      ...(problem.run_id === undefined ? {} : { [RUN_ID]: problem.run_id }),
      ...(retryAfterSeconds === undefined
        ? {}
        : { "retry-after": String(retryAfterSeconds) }),
    },
  });
}
