/** The application: every route, and the one place where what is thrown becomes a problem. */
import { Elysia, ValidationError } from "elysia";
import { ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { RunId, RunStore } from "../run/run.ts";
import { type ActionsParts, actions } from "./actions.ts";
import { type CallbacksParts, callbacks } from "./callbacks.ts";
import { docs } from "./docs.ts";
import { health } from "./health.ts";
import { refusalReply } from "./reply.ts";
import { type RunsParts, runs } from "./runs.ts";

export type AppParts = ActionsParts &
  RunsParts &
  CallbacksParts & {
    readonly log: Log;
    /** Of the server. */
    readonly version: string;
  };

/**
 * Where Elysia looks for the path of a URL. By default it takes hosts to have four characters or more, and finds no
 * route in `http://api/health/live`: https://elysiajs.com/patterns/configuration.html
 */
const PATHS = { handler: { standardHostname: false } };

export function createApp(parts: AppParts) {
  return new Elysia(PATHS)
    .onError(({ error, request, params }) =>
      error instanceof ServerError
        ? refusalReply(error, findRunId(params, parts.store))
        : refusalReply(toServerError(error, request, parts.log)),
    )
    .use(docs(parts))
    .use(health({ isReady: () => !parts.reception.isClosed }))
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
}

/** @returns the id of the run that the path names: every reply about a run that exists carries it */
function findRunId(
  params: { readonly id?: string } | undefined,
  store: RunStore,
): RunId | undefined {
  return params?.id === undefined ? undefined : store.find(params.id)?.id;
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
