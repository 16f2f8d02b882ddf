/** Decides which web pages may use the server: its own, and those of allowed origins (https://fetch.spec.whatwg.org/#http-cors-protocol). */
import { ServerError } from "../../errors.ts";
import { runHeaders } from "../actions/headers.ts";
import { CONTEXT_HEADERS } from "../actions/unknown-headers.ts";

/** The headers that pages of other origins may send, besides those that every page may send. */
const REQUEST_HEADERS = [
  "authorization",
  "x-api-key",
  "content-type",
  ...Object.keys(runHeaders.properties),
  ...CONTEXT_HEADERS,
  // MCP over HTTP: https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
  "mcp-protocol-version",
  "mcp-session-id",
  "mcp-method",
  "mcp-name",
  "last-event-id",
  "if-none-match",
].join(", ");

/** The headers of a reply that they may read, besides those that every page may read. */
const RESPONSE_HEADERS = [
  "x-action-server-run-id",
  "x-action-async-completion",
  "location",
  "retry-after",
  "etag",
  "link",
  "idempotency-replayed",
  "preference-applied",
  "ratelimit",
  "ratelimit-policy",
  "www-authenticate",
  "mcp-session-id",
  "mcp-protocol-version",
].join(", ");

/** How long a browser may rely on a preflight. */
const PREFLIGHT_SECONDS = 600;

/** Methods that change nothing (RFC 9110 section 9.2.1). Without CORS a page of another origin cannot read their replies. */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

export class Origins {
  readonly #allowed: ReadonlySet<string>;

  /** @param allowed origins as browsers write them, such as `https://app.example.com` */
  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed);
  }

  /**
   * @param own the origin of the server's pages, as a proxy knows it
   * @returns the reply to a preflight; undefined when the request may go on
   * @throws {ServerError} `origin_not_allowed` when a page of another origin asks for a change, or for leave to make one
   */
  admit(request: Request, own?: string): Response | undefined {
    const origin = request.headers.get("origin");
    if (origin === null) {
      refuseForeignSite(request);
      return undefined;
    }
    const isPreflight =
      request.method === "OPTIONS" &&
      request.headers.has("access-control-request-method");
    if (SAFE.has(request.method) && !isPreflight && !mustBeKnown(request))
      return undefined;
    const isKnown =
      this.#allowed.has(origin) ||
      (own === undefined
        ? isOwn(origin, request)
        : origin === own.toLowerCase());
    if (!isKnown)
      throw new ServerError(
        "origin_not_allowed",
        `Pages of the origin ${JSON.stringify(origin.slice(0, 200))} may not use this server. Allow the origin with --cors-origin.`,
      );
    return isPreflight ? preflightReply() : undefined;
  }

  /** Lets a page of an allowed origin read the reply, and tells caches to keep the replies to different origins apart. */
  mark(response: Response, request: Request): void {
    if (this.#allowed.size === 0) return;
    const { headers } = response;
    headers.append("vary", "origin");
    const origin = request.headers.get("origin");
    if (origin === null || !this.#allowed.has(origin)) return;
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", RESPONSE_HEADERS);
  }
}

/** Browsers say where a request comes from (https://w3c.github.io/webappsec-fetch-metadata/), even if they do not name the origin. */
function refuseForeignSite({ method, headers }: Request): void {
  const site = headers.get("sec-fetch-site");
  if (SAFE.has(method) || (site !== "cross-site" && site !== "same-site"))
    return;
  throw new ServerError(
    "origin_not_allowed",
    "Pages of other origins may not use this server. Allow their origins with --cors-origin.",
  );
}

/**
 * Whether the page is one of the server's own. Behind a proxy that terminates TLS the origin of these says https. A page
 * that was loaded without TLS is not trusted by a server that has TLS: anybody on the way may have written it.
 */
function isOwn(origin: string, { headers, url }: Request): boolean {
  const authority = `//${headers.get("host")?.toLowerCase()}`;
  return (
    origin === `https:${authority}` ||
    (origin === `http:${authority}` && url.startsWith("http:"))
  );
}

/**
 * MCP wants every request of a foreign page to be refused
 * (https://modelcontextprotocol.io/specification/2026-07-28/basic/transports), and what a WebSocket answers such a page
 * could read: RFC 6455 section 10.2.
 */
function mustBeKnown({ url, headers }: Request): boolean {
  return headers.has("upgrade") || URL.parse(url)?.pathname === "/mcp";
}

function preflightReply(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, HEAD, POST, DELETE",
      "access-control-allow-headers": REQUEST_HEADERS,
      "access-control-max-age": String(PREFLIGHT_SECONDS),
    },
  });
}
