/** Makes the application of the table of operations: a route for each, with the lifecycle that all of them share. */
import { Elysia } from "elysia";
import type { Caller } from "../access/caller.ts";
import type { Keyring } from "../access/keyring.ts";
import type { Audit } from "../audit/entry.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { Log } from "../log.ts";
import type { ByteBudget } from "../byte-budget.ts";
import { type AccessParts, admit } from "./gate/access.ts";
import { AuditTrail } from "./gate/audit.ts";
import type { Crowd } from "./gate/crowd.ts";
import type { RequestGate } from "./gate/gate.ts";
import { RateLimit } from "./gate/rate-limit.ts";
import { type Listening, Senders } from "./gate/senders.ts";
import { Strangers } from "./gate/strangers.ts";
import { holdRun, send } from "./held-replies.ts";
import { Methods } from "./methods.ts";
import { getDocument } from "./openapi/docs.ts";
import { Documents } from "./openapi/document.ts";
import type { Asked, Operation } from "./operation.ts";
import { type HandlerParts, OPERATIONS } from "./operations.ts";
import { type RefuseParts, refuse } from "./refuse.ts";
import { refuseUnknownQuery } from "./unknown-query.ts";
import type { RequestWatch } from "./watch.ts";

export interface AppParts extends Omit<
  HandlerParts,
  "documents" | "methods" | "catalog"
> {
  readonly catalog: LiveCatalog;
  readonly gate: RequestGate;
  readonly keyring: Keyring;
  /** Undefined: there is no audit log. */
  readonly audit?: Audit | undefined;
  /** Requests a second that each caller may send. Infinity: as many as it likes. */
  readonly rateLimit?: number;
  /** Undefined: any number of requests at once. */
  readonly crowd?: Crowd | undefined;
  /** The memory that inputs and replies may take. */
  readonly held: ByteBudget;
  /** Whether its URLs are https. */
  readonly isSecure?: boolean;
  /** The version of the server. */
  readonly version: string;
  /** The URL by which clients call the server. Undefined: where they found the document. */
  readonly serverUrl?: string | undefined;
  readonly log: Log;
  /** Undefined: nobody watches requests. */
  readonly watch?: RequestWatch | undefined;
}

export interface Application extends Disposable {
  readonly fetch: (request: Request, listener: Listening) => Promise<Response>;
}

export function createApp(parts: AppParts): Application {
  const { gate, audit, rateLimit = Infinity } = parts;
  const senders = new Senders();
  const lifecycle: Lifecycle = {
    ...parts,
    documents: new Documents(OPERATIONS, parts),
    methods: new Methods(OPERATIONS),
    senders,
    strangers: new Strangers(),
    trail: audit && new AuditTrail(audit, senders),
    rate:
      rateLimit === Infinity ? undefined : new RateLimit(rateLimit, senders),
  };
  const app = new Elysia(toPaths(parts));
  for (const operation of OPERATIONS)
    app.use(toRoute(openWhereAsked(operation, parts), lifecycle));
  // What no route is at fault for, such as a URL that is not valid.
  app.onError(({ error, request }) => refuse({ error, request }, lifecycle));
  return {
    fetch: async (request, listener) => {
      senders.listener = listener;
      try {
        const early = gate.enter(request, listener);
        return gate.leave(early ?? (await app.fetch(request)), request);
      } catch (error) {
        return gate.leave(await refuse({ error, request }, lifecycle), request);
      }
    },
    [Symbol.dispose]: () => {
      lifecycle.trail?.[Symbol.dispose]();
    },
  };
}

/** Tools load the document without a key. */
function openWhereAsked(
  operation: Operation<HandlerParts>,
  { openDocs = false }: AppParts,
): Operation<HandlerParts> {
  return openDocs && operation === getDocument
    ? { ...operation, need: "open" }
    : operation;
}

/** What every request passes, and what handlers need. */
interface Lifecycle extends AccessParts, RefuseParts, HandlerParts {
  readonly senders: Senders;
  readonly keyring: Keyring;
  readonly rate: RateLimit | undefined;
  readonly crowd?: Crowd | undefined;
  readonly held: ByteBudget;
}

/**
 * The hook of a route, `derive`, runs before anything is read or validated, and the handler after that:
 * https://elysiajs.com/essential/life-cycle.html
 *
 * Each hook names the members that it uses. Elysia finds their names in the source text, and parses cookies, headers and
 * more for a hook that hands its whole context on, which takes 4 µs.
 */
function toRoute(operation: Operation<HandlerParts>, parts: Lifecycle) {
  const { method, path, params, query, need, event, readHeaders } = operation;
  const { tag } = operation;
  const { rate, watch, crowd, held } = parts;
  const names = Object.keys((query?.["properties"] ?? {}) as object);
  const handle =
    operation.isStream === true ? toStream(operation) : operation.handle;
  const isAboutRun =
    method === "GET" &&
    path.startsWith("/api/runs/:id") &&
    operation.isStream !== true;
  const ask = (asked: Asked, keyId: string) =>
    crowd === undefined
      ? handle(asked as never, parts)
      : crowd.count(keyId, () => handle(asked as never, parts));
  const askAboutRun = async (asked: Asked, keyId: string) => {
    const { id } = asked.params as { id: string };
    const room = holdRun(await parts.store.bytesOf(id), keyId, held);
    try {
      return send(await ask(asked, keyId), { keyId, room }, held);
    } catch (error) {
      room?.[Symbol.dispose]();
      throw error;
    }
  };
  const answer = (asked: Asked, keyId: string) => {
    if (isAboutRun) return askAboutRun(asked, keyId);
    const reply = ask(asked, keyId);
    return reply instanceof Promise
      ? reply.then((ready) => send(ready, { keyId }, held))
      : send(reply, { keyId }, held);
  };
  const route = new Elysia()
    .onError(({ error, request, params: named, caller }: Failed) =>
      refuse({ error, request, event, params: named, caller }, parts),
    )
    .derive(({ request, params: named }) => {
      watch?.onRoute(request, operation);
      const packageName = packageOf(named);
      const caller = admit({ request, need, packageName }, parts);
      if (tag !== "Health") crowd?.admit(caller, countRequests(parts));
      return { caller };
    });
  // Requests that need no key are not counted, because machines poll the server's health with them.
  if (rate !== undefined && need !== "open")
    route.derive(async ({ request, set, caller }) => {
      await rate.count(caller, request, set);
      return {};
    });
  return route.route(
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
    // Handlers read bodies themselves.
    { parse: "none", ...({ params, query } as object) },
  );
}

/** @returns how many requests are in progress, without the streams, which have a limit of their own */
function countRequests({ senders, streams }: Lifecycle): number {
  return (senders.listener?.requestCount ?? 0) - streams.count;
}

/** @returns the handler of an operation whose connections are kept open */
function toStream({
  handle,
}: Operation<HandlerParts>): Operation<Lifecycle>["handle"] {
  return (asked: Asked, parts) => {
    parts.senders.listener?.keepOpen(asked.request);
    return handle(asked as never, parts);
  };
}

/** What an error hook is given. There is no caller yet when it was the caller who was refused. */
interface Failed {
  readonly error: unknown;
  readonly request: Request;
  readonly params: { readonly id?: string };
  readonly caller?: Caller;
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
