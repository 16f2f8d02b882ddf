/** The application: every route, and the one place where what is thrown becomes a problem. */
import { Elysia } from "elysia";
import { ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
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

export function createApp(parts: AppParts) {
  return new Elysia()
    .onError(({ error, request }) =>
      refusalReply(toServerError(error, request, parts.log)),
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

function toServerError(
  error: unknown,
  request: Request,
  log: Log,
): ServerError {
  if (error instanceof ServerError) return error;
  log.error("A request could not be answered.", {
    method: request.method,
    path: new URL(request.url).pathname,
    error,
  });
  return new ServerError("internal", "Something is wrong with the server.");
}
