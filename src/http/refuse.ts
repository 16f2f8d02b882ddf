/** The one place where what is thrown becomes a problem. */
import { ValidationError } from "elysia";
import type { ProtectedResource } from "../access/access-tokens.ts";
import type { Caller } from "../access/caller.ts";
import type { AuditEvent } from "../audit/entry.ts";
import { type RefusalCode, ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { RunId } from "../run/run.ts";
import type { RunStore } from "../run/store.ts";
import { viewOf } from "../run/view.ts";
import type { AuditTrail } from "./gate/audit.ts";
import { toChallenge, toScopeChallenge } from "./gate/challenge.ts";
import { refusalReply } from "./reply.ts";
import type { RequestWatch } from "./watch.ts";

export interface RefuseParts {
  readonly log: Log;
  readonly store: RunStore;
  readonly trail?: AuditTrail | undefined;
  readonly watch?: RequestWatch | undefined;
  /** Undefined: only API keys are accepted. */
  readonly resource?: ProtectedResource | undefined;
}

const CROWDED = new Set<RefusalCode>(["overloaded", "rate_limited"]);

/** What is known of a request that was not answered as it wanted. */
interface Refused {
  readonly error: unknown;
  readonly request: Request;
  /** The event of its operation in the audit log. */
  readonly event?: AuditEvent | undefined;
  readonly params?: { readonly id?: string } | undefined;
  readonly caller?: Caller | undefined;
}

export async function refuse(
  { error, request, event, params, caller }: Refused,
  { log, store, trail, watch, resource }: RefuseParts,
): Promise<Response> {
  const refusal =
    error instanceof ServerError ? error : toServerError(error, request, log);
  const { code } = refusal;
  if (code === "concurrency_key_failed")
    log.error(refusal.message, { error: refusal.cause });
  const reply = refusalReply(
    refusal,
    refusal.runId ??
      // A refusal for want of room must not take more of it: the run may be large.
      (CROWDED.has(code) ? undefined : await findRunId(params, caller, store)),
  );
  const challenge = challengeOf(refusal, request, resource);
  if (challenge !== undefined) reply.headers.set("www-authenticate", challenge);
  watch?.onRefusal(request, code);
  const { status } = reply;
  trail?.refuse(request, { status, code }, event);
  log.debug(`Refused: ${refusal.message}`, {
    method: request.method,
    path: URL.parse(request.url)?.pathname,
    status,
    code,
    key_id: caller?.keyId,
  });
  return reply;
}

/** @returns what would have to be sent with the request */
function challengeOf(
  { code, scope }: ServerError,
  request: Request,
  resource: ProtectedResource | undefined,
): string | undefined {
  if (code === "unauthorized") return toChallenge(request, resource);
  if (scope === undefined || resource === undefined) return undefined;
  return toScopeChallenge(request, resource, scope);
}

/** @returns the id of the run that the path names, if the caller sees it: every reply about a run that exists carries it */
async function findRunId(
  params: Refused["params"],
  caller: Caller | undefined,
  store: RunStore,
): Promise<RunId | undefined> {
  if (params?.id === undefined || caller === undefined) return undefined;
  return (await viewOf(caller, store).find(params.id))?.id;
}

function toServerError(
  error: unknown,
  request: Request,
  log: Log,
): ServerError {
  // Bun does not check the host: with an invalid one, the URL of the request is invalid too.
  if (!URL.canParse(request.url))
    return new ServerError(
      "invalid_header",
      `Host must be the name or address this server is called by, not ${JSON.stringify(request.headers.get("host"))}.`,
    );
  const path = new URL(request.url).pathname;
  // Parameters of a path are any text: one that does not match its schema could not be decoded.
  if (error instanceof ValidationError && error.type === "params")
    return new ServerError(
      "invalid_parameter",
      `The path ${JSON.stringify(path)} is not UTF-8 in percent-encoding (RFC 3986 section 2.1).`,
    );
  log.error("A request could not be answered.", {
    method: request.method,
    path,
    error,
  });
  return new ServerError(
    "internal",
    "The server failed because of an internal error. Its log has the details.",
  );
}
