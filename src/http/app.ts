/** Makes the application of the table of operations: a route for each, with the lifecycle that all of them share. */
import { Elysia } from "elysia";
import type { Caller } from "../access/caller.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import { type AccessParts, admit } from "./gate/access.ts";
import type { RequestGate } from "./gate/gate.ts";
import type { RateLimit } from "./gate/rate-limit.ts";
import { arrive, keepOpen, type Listening } from "./gate/senders.ts";
import { Documents } from "./openapi/document.ts";
import type { Operation } from "./operation.ts";
import { type HandlerParts, OPERATIONS } from "./operations.ts";
import { type RefuseParts, refuse } from "./refuse.ts";
import { jsonReply } from "./reply.ts";

/** What every request passes. */
interface LifecycleParts extends AccessParts, RefuseParts {
  /** Undefined: callers may send as many requests as they like. */
  readonly rate?: RateLimit | undefined;
}

export interface AppParts
  extends LifecycleParts, Omit<HandlerParts, "documents" | "catalog"> {
  readonly catalog: LiveCatalog;
  readonly gate: RequestGate;
  /** Whether its URLs are https. */
  readonly isSecure?: boolean;
  /** The version of the server. */
  readonly version: string;
}

export interface Application {
  fetch(request: Request, listener: Listening): Promise<Response>;
}

export function createApp(parts: AppParts): Application {
  const documents = new Documents(OPERATIONS, parts);
  const app = new Elysia(toPaths(parts));
  for (const operation of OPERATIONS)
    app.use(toRoute(operation, { ...parts, documents }));
  // What no route is at fault for, such as a URL that is not valid.
  app.onError(({ error, request }) => refuse({ error, request }, parts));
  return {
    async fetch(request, listener) {
      arrive(request, listener);
      const { gate } = parts;
      try {
        const early = gate.enter(request, listener);
        return gate.leave(early ?? (await app.fetch(request)), request);
      } catch (error) {
        return gate.leave(await refuse({ error, request }, parts), request);
      }
    },
  };
}

/**
 * The hooks of a route run in this order: `derive` before anything is read or validated, `resolve` after that, and the
 * handler: https://elysiajs.com/essential/life-cycle.html
 */
function toRoute(
  operation: Operation<HandlerParts>,
  parts: HandlerParts & LifecycleParts,
) {
  const { method, path, params, query, need, event, readHeaders } = operation;
  const { rate } = parts;
  const route = new Elysia()
    .onError(({ error, request, params: named, ...context }) =>
      refuse(
        { error, request, event, params: named, caller: callerOf(context) },
        parts,
      ),
    )
    .derive(({ request, params: named }) => ({
      caller: admit({ request, need, packageName: packageOf(named) }, parts),
    }));
  // Requests that need no key are not counted, because machines poll the server's health with them.
  if (rate !== undefined && need !== "open")
    route.derive(async ({ request, set, ...context }) => {
      await rate.count(callerOf(context) as Caller, request, set);
      return {};
    });
  return route
    .resolve(({ request }) => ({
      read: readHeaders?.(request.headers, parts),
    }))
    .route(
      method,
      path,
      async ({ request, params: named, query: asked, caller, read }) => {
        if (operation.isStream === true) keepOpen(request);
        const reply = await operation.handle(
          { request, params: named, query: asked, caller, read } as never,
          parts,
        );
        return reply instanceof Response ? reply : jsonReply(reply);
      },
      // Handlers read bodies themselves.
      { parse: "none", ...({ params, query } as object) },
    );
}

/** @returns the caller that `derive` has added; undefined in an error hook when it was refused */
function callerOf(context: object): Caller | undefined {
  return (context as { caller?: Caller }).caller;
}

/** @param params Elysia leaves them undefined for a path without parameters, whatever its type says */
function packageOf(
  params: Readonly<Record<string, string | undefined>> | undefined,
): string | undefined {
  return params?.["package"];
}

/**
 * Where Elysia looks for the path of a URL: behind 11 characters, which finds no route in `http://api/health/live`, or
 * behind 7, which finds none in https: https://elysiajs.com/patterns/configuration.html
 */
const toPaths = ({ isSecure = false }: Pick<AppParts, "isSecure">) => ({
  handler: { standardHostname: isSecure },
});
