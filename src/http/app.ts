/** Makes the application of the table of operations: a route for each, with the lifecycle that all of them share. */
import { Elysia } from "elysia";
import type { Keyring } from "../access/keyring.ts";
import type { Audit } from "../audit/entry.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { Log } from "../log.ts";
import type { ByteBudget } from "../byte-budget.ts";
import { AuditTrail } from "./gate/audit.ts";
import type { Crowd } from "./gate/crowd.ts";
import type { RequestGate } from "./gate/gate.ts";
import { addPrefix, type Proxies } from "./gate/proxies.ts";
import type { RateLimit } from "./gate/rate-limit.ts";
import { type Listening, Senders } from "./gate/senders.ts";
import { Strangers } from "./gate/strangers.ts";
import { Methods } from "./methods.ts";
import { getDocument, getPage } from "./openapi/docs.ts";
import type { toDetail } from "./openapi/document.ts";
import { type HandlerParts, OPERATIONS } from "./operations.ts";
import { refuse } from "./refuse.ts";
import { type Lifecycle, toRoute } from "./route.ts";
import type { RequestWatch } from "./watch.ts";

export interface AppParts extends Omit<
  HandlerParts,
  "methods" | "catalog" | "senders"
> {
  readonly catalog: LiveCatalog;
  readonly gate: RequestGate;
  readonly keyring: Keyring;
  /** Undefined: there is no audit log. */
  readonly audit?: Audit | undefined;
  /** Requests a second that each caller may send. Infinity: as many as it likes. */
  readonly rateLimit?: number;
  /** How many servers share that limit. */
  readonly replicaCount?: () => number;
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
  /** Undefined: there are none, and the paths of the server are its own. */
  readonly proxies?: Proxies | undefined;
  readonly log: Log;
  /** Undefined: nobody watches requests. */
  readonly watch?: RequestWatch | undefined;
}

export interface Application extends Disposable {
  readonly fetch: (request: Request, listener: Listening) => Promise<Response>;
}

export function createApp(parts: AppParts): Application {
  const { gate, audit, proxies, rateLimit = Infinity } = parts;
  const senders = new Senders();
  const lifecycle: Lifecycle & AppParts = {
    ...parts,
    methods: new Methods(OPERATIONS),
    senders,
    strangers: new Strangers(),
    trail: audit && new AuditTrail(audit, senders),
    rate:
      rateLimit === Infinity
        ? undefined
        : createRateLimit(rateLimit, senders, parts.replicaCount),
  };
  const app = toRoutes(lifecycle);
  let described: ReturnType<typeof makeDescribed> | undefined;
  for (const { path } of [getDocument, getPage])
    app.get(path, async ({ request }) => {
      described ??= makeDescribed(lifecycle);
      return (await described).fetch(request);
    });
  const answer: Application["fetch"] = async (request, listener) => {
    senders.listener = listener;
    try {
      const origin = proxies && senders.originOf(request);
      const early = gate.enter(request, listener, origin);
      return gate.leave(early ?? (await app.fetch(request)), request);
    } catch (error) {
      return gate.leave(await refuse({ error, request }, lifecycle), request);
    }
  };
  return {
    fetch:
      proxies === undefined
        ? answer
        : async (request, listener) => {
            const forwarded = proxies.read(request, listener);
            senders.note(request, forwarded);
            const reply = await answer(request, listener);
            if (forwarded.prefix !== "") addPrefix(reply, forwarded.prefix);
            return reply;
          },
    [Symbol.dispose]: () => {
      lifecycle.trail?.[Symbol.dispose]();
    },
  };
}

/** Its library is loaded by servers that count requests. */
function createRateLimit(
  ...options: ConstructorParameters<typeof RateLimit>
): RateLimit {
  const loaded =
    require("./gate/rate-limit.ts") as typeof import("./gate/rate-limit.ts");
  return new loaded.RateLimit(...options);
}

/** @param describe what each route says of itself in the OpenAPI document */
function toRoutes(parts: Lifecycle & AppParts, describe?: typeof toDetail) {
  const app = new Elysia(toPaths(parts));
  for (const operation of OPERATIONS) {
    const { handle } = operation;
    if (handle !== undefined)
      app.use(toRoute(operation, handle, parts, describe));
  }
  // What no route is at fault for, such as a URL that is not valid.
  return app.onError(({ error, request }) => refuse({ error, request }, parts));
}

/** Makes the routes once more, with the document that is made of them and its page: most servers are never asked for it. */
async function makeDescribed(parts: Lifecycle & AppParts) {
  const [{ toDetail }, { toDocsRoutes }] = await Promise.all([
    import("./openapi/document.ts"),
    import("./openapi/plugin.ts"),
  ]);
  return toRoutes(parts, toDetail).use(toDocsRoutes(parts));
}

/**
 * Where Elysia looks for the path of a URL: behind 11 characters, which finds no route in `http://api/health/live`, or
 * behind 7, which finds none in https: https://elysiajs.com/patterns/configuration.html
 */
const toPaths = ({ isSecure = false }: Pick<AppParts, "isSecure">) => ({
  handler: { standardHostname: isSecure },
});
