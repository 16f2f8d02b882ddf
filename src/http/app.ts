/** The application: every route, and the one place where what is thrown becomes a problem. */
import { Elysia, ValidationError } from "elysia";
import type { Caller } from "../access/caller.ts";
import type { Keyring } from "../access/keyring.ts";
import { ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { RunId } from "../run/run.ts";
import type { RunStore } from "../run/store.ts";
import { viewOf } from "../run/view.ts";
import { createAccess } from "./gate/access.ts";
import { type ActionsParts, actions } from "./actions/actions.ts";
import { type CallbacksParts, callbacks } from "./callbacks/callbacks.ts";
import { docs } from "./openapi/docs.ts";
import type { AuditTrail } from "./gate/audit.ts";
import type { RequestGate } from "./gate/gate.ts";
import { health } from "./health.ts";
import { rateLimit, type RateLimitOptions } from "./gate/rate-limit.ts";
import { challengeReply, refusalReply } from "./reply.ts";
import { Rules } from "./gate/rules.ts";
import { type RunsParts, runs } from "./runs/runs.ts";

export type AppParts = Omit<
  ActionsParts & RunsParts & CallbacksParts,
  "access"
> & {
  readonly log: Log;
  readonly keyring: Keyring;
  /** Undefined: as many requests as they like. */
  readonly rate?: RateLimitOptions | undefined;
  readonly gate: RequestGate;
  readonly trail?: AuditTrail | undefined;
  /** Its URLs are https. */
  readonly isSecure?: boolean;
  /** Of the server. */
  readonly version: string;
};

/**
 * Where Elysia looks for the path of a URL: behind 11 characters, which finds no route in `http://api/health/live`, or
 * behind 7, which finds none in https: https://elysiajs.com/patterns/configuration.html
 */
const toPaths = ({ isSecure = false }: Pick<AppParts, "isSecure">) => ({
  handler: { standardHostname: isSecure },
});

/** @throws when a route has no rule in `http/rules.ts` */
export function createApp(options: AppParts) {
  const rules = new Rules();
  const access = createAccess(options.keyring, rules, options.trail);
  const parts = { ...options, access };
  const app = new Elysia(toPaths(options))
    .onRequest(({ request }) => options.gate.enter(request))
    .onError(async ({ error, request, params, route, ...context }) => {
      const { caller } = context as { caller?: Caller };
      const refusal =
        error instanceof ServerError
          ? error
          : toServerError(error, request, parts.log);
      if (refusal.code === "concurrency_key_failed")
        parts.log.error(refusal.message, { error: refusal.cause });
      const reply =
        refusal.code === "unauthorized"
          ? challengeReply(refusal, request)
          : refusalReply(
              refusal,
              refusal.runId ?? (await findRunId(params, caller, parts.store)),
            );
      const { code } = refusal;
      const { status } = reply;
      parts.trail?.refuse(request, { status, code }, { rules, path: route });
      return reply;
    })
    .use(access)
    .use(
      parts.rate === undefined
        ? new Elysia()
        : rateLimit(parts.rate, { access, rules }),
    )
    .use(docs(parts))
    .use(health({ isReady: () => !parts.acceptor.isClosed }))
    .use(actions(parts))
    .use(runs(parts))
    .use(callbacks(parts))
    .all(
      "/*",
      ({ request }) => {
        throw new ServerError(
          "route_not_found",
          `There is no ${request.method} ${new URL(request.url).pathname} here.`,
        );
      },
      { parse: "none", detail: { hide: true } },
    );
  rules.cover(app.routes);
  return app;
}

/** @returns the id of the run that the path names, if the caller sees it: every reply about a run that exists carries it */
async function findRunId(
  params: { readonly id?: string } | undefined,
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
  // Bun does not check the host, and makes no URL of one that is none.
  if (!URL.canParse(request.url))
    return new ServerError(
      "invalid_header",
      `Host must be the name or address this server is called by, not ${JSON.stringify(request.headers.get("host"))}.`,
    );
  const path = new URL(request.url).pathname;
  // Parameters of a path are any text: one that breaks its schema could not be decoded.
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
  return new ServerError("internal", "Something is wrong with the server.");
}
