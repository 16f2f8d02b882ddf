/** Makes a route of an operation, with the lifecycle that all of them share. */
import { Elysia } from "elysia";
import type { Caller } from "../access/caller.ts";
import type { Audit } from "../audit/entry.ts";
import type { ByteBudget } from "../byte-budget.ts";
import { type AccessParts, admit, admitWithTokens } from "./gate/access.ts";
import { type Crowd, refuseWhileFull } from "./gate/crowd.ts";
import type { RateLimit } from "./gate/rate-limit.ts";
import type { Senders } from "./gate/senders.ts";
import { holdRun, send } from "./held-replies.ts";
import type { toDetail } from "./openapi/document.ts";
import type { Asked, Operation } from "./operation.ts";
import type { HandlerParts } from "./operations.ts";
import { type RefuseParts, refuse } from "./refuse.ts";
import { refuseUnknownQuery } from "./unknown/unknown-query.ts";

/** What every request passes, and what handlers need. */
export interface Lifecycle extends AccessParts, RefuseParts, HandlerParts {
  readonly senders: Senders;
  readonly rate: RateLimit | undefined;
  readonly crowd?: Crowd | undefined;
  readonly audit?: Audit | undefined;
  readonly held: ByteBudget;
}

/**
 * What every request for one of these operations passes before it is answered. The hook `derive` runs before anything is
 * read or validated: https://elysiajs.com/essential/life-cycle.html
 *
 * Each hook names the members that it uses. Elysia finds their names in the source text, and parses cookies, headers and
 * more for a hook that hands its whole context on, which takes 4 µs.
 *
 * @param find the operation that has this path
 */
export function guard(
  find: (path: string) => Operation<HandlerParts>,
  parts: Lifecycle,
) {
  const { rate, watch, crowd, audit } = parts;
  const arrive = (request: Request, route: string, params: Named) => {
    const operation = find(route);
    watch?.onRoute(request, operation);
    return { request, need: operation.need, packageName: packageOf(params) };
  };
  const enter = (caller: Caller, route: string) => {
    const { tag, event } = find(route);
    if (event !== undefined && audit?.trouble !== undefined)
      throw audit.trouble;
    if (tag !== "Health") {
      refuseWhileFull(caller, parts.senders.listener?.isFull === true);
      crowd?.admit(caller, countRequests(parts));
    }
    return { caller };
  };
  const watched = new Elysia().onError(
    ({ error, request, route, params, caller }: Failed) => {
      const { event } = find(route);
      return refuse({ error, request, event, params, caller }, parts);
    },
  );
  const { tokens } = parts.keyring;
  const guarded =
    tokens === undefined
      ? watched.derive(({ request, route, params }) =>
          enter(admit(arrive(request, route, params), parts), route),
        )
      : // Checking a token takes a while, and perhaps a request to its issuer.
        watched.derive(async ({ request, route, params }) => {
          const arrived = arrive(request, route, params);
          const caller = await admitWithTokens(arrived, { ...parts, tokens });
          return enter(caller, route);
        });
  if (rate !== undefined)
    guarded.derive(async ({ request, route, set, caller }) => {
      // Requests that need no key are not counted, because machines poll the server's health with them.
      if (find(route).need !== "open") await rate.count(caller, request, set);
      return {};
    });
  return guarded;
}

/**
 * @param operation one that has a handler
 * @param describe what the route says of itself in the OpenAPI document; undefined where that is not made of it
 */
export function toRoute(
  operation: Operation<HandlerParts>,
  handle: NonNullable<Operation<HandlerParts>["handle"]>,
  parts: Lifecycle,
  describe?: typeof toDetail,
) {
  const { method, path, params, query, need, tag, readHeaders } = operation;
  const names = Object.keys((query?.["properties"] ?? {}) as object);
  const answer = toAnswer(operation, handle, parts);
  return guard(() => operation, parts).route(
    method,
    path,
    ({ request, params: named, query: asked, caller }) => {
      if (tag !== undefined && need !== "open")
        refuseUnknownQuery(request, names);
      const read = readHeaders?.(request.headers, parts);
      return answer(
        { request, params: named, query: asked, caller, read },
        caller.keyId,
      );
    },
    {
      // Handlers read bodies themselves.
      parse: "none",
      ...({ params, query, detail: describe?.(operation) } as object),
    },
  );
}

/** @returns what calls the handler, counts its requests, and makes room for what it replies */
function toAnswer(
  { isStream = false, method, path }: Operation<HandlerParts>,
  own: NonNullable<Operation<HandlerParts>["handle"]>,
  parts: Lifecycle,
): (asked: Asked, keyId: string) => Response | Promise<Response> {
  const { crowd, held } = parts;
  const handle = isStream ? toStream(own) : own;
  const ask = (asked: Asked, keyId: string) =>
    crowd === undefined
      ? handle(asked as never, parts)
      : crowd.count(keyId, () => handle(asked as never, parts));
  if (method === "GET" && path.startsWith("/api/runs/:id") && !isStream)
    return async (asked, keyId) => {
      const { id } = asked.params as { id: string };
      const room = holdRun(await parts.store.bytesOf(id), keyId, held);
      try {
        return send(await ask(asked, keyId), { keyId, room }, held);
      } catch (error) {
        room?.[Symbol.dispose]();
        throw error;
      }
    };
  return (asked, keyId) => {
    const reply = ask(asked, keyId);
    return reply instanceof Promise
      ? reply.then((ready) => send(ready, { keyId }, held))
      : send(reply, { keyId }, held);
  };
}

/** @returns how many requests are in progress, without the streams, which have a limit of their own */
function countRequests({ senders, streams }: Lifecycle): number {
  return (senders.listener?.requestCount ?? 0) - streams.count;
}

/** @returns the handler of an operation whose connections are kept open */
function toStream(
  handle: NonNullable<Operation<HandlerParts>["handle"]>,
): NonNullable<Operation<Lifecycle>["handle"]> {
  return (asked: Asked, parts) => {
    parts.senders.listener?.keepOpen(asked.request);
    return handle(asked as never, parts);
  };
}

/** What an error hook is given. There is no caller yet when it was the caller who was refused. */
interface Failed {
  readonly error: unknown;
  readonly request: Request;
  readonly route: string;
  readonly params: { readonly id?: string };
  readonly caller?: Caller;
}

/** The parameters of a path. Elysia leaves them undefined for one without parameters, whatever its type says. */
type Named = Readonly<Record<string, string | undefined>> | undefined;

function packageOf(params: Named): string | undefined {
  return params?.["package"];
}
