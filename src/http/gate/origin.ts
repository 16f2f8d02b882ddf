/** Which pages may use the server (https://fetch.spec.whatwg.org/#http-cors-protocol): its own, and those named. */
import { ServerError } from "../../errors.ts";
import { runHeaders } from "../actions/headers.ts";

/** What programs of other origins may send, besides what every page may. */
const REQUEST_HEADERS = [
  "authorization",
  "x-api-key",
  "content-type",
  ...Object.keys(runHeaders.properties),
].join(", ");

/** What they may read of a reply, besides what every page may. */
const RESPONSE_HEADERS = [
  "x-action-server-run-id",
  "x-action-async-completion",
  "location",
  "retry-after",
  "link",
  "idempotency-replayed",
  "preference-applied",
  "ratelimit",
  "ratelimit-policy",
  "www-authenticate",
].join(", ");

/** How long a browser may rely on a preflight. */
const PREFLIGHT_SECONDS = 600;

/** They change nothing (RFC 9110 section 9.2.1); without CORS a page of another origin cannot read what they answer. */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

export class Origins {
  readonly #named: ReadonlySet<string>;

  /** @param named as browsers write them, `https://app.example.com` */
  constructor(named: readonly string[]) {
    this.#named = new Set(named);
  }

  /**
   * @returns the reply to a preflight; undefined when the request may go on
   * @throws {ServerError} `origin_not_allowed` when a page that may not asks for a change, or whether it may
   */
  admit(request: Request): Response | undefined {
    const origin = request.headers.get("origin");
    if (origin === null) return undefined;
    const isPreflight =
      request.method === "OPTIONS" &&
      request.headers.has("access-control-request-method");
    if (SAFE.has(request.method) && !isPreflight) return undefined;
    if (!this.#named.has(origin) && !isOwn(origin, request))
      throw new ServerError(
        "origin_not_allowed",
        `Pages of the origin ${JSON.stringify(origin.slice(0, 200))} may not do this. Origins are named with --cors-origin.`,
      );
    return isPreflight ? preflightReply() : undefined;
  }

  /** Lets a page of a named origin read the reply. Caches keep the replies to different origins apart. */
  mark(response: Response, request: Request): void {
    if (this.#named.size === 0) return;
    const { headers } = response;
    headers.append("vary", "origin");
    const origin = request.headers.get("origin");
    if (origin === null || !this.#named.has(origin)) return;
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", RESPONSE_HEADERS);
  }
}

/** Behind a proxy that ends TLS its own pages say https. A page that came without TLS speaks for no server that has it. */
function isOwn(origin: string, { headers, url }: Request): boolean {
  const authority = `//${headers.get("host")?.toLowerCase()}`;
  return (
    origin === `https:${authority}` ||
    (origin === `http:${authority}` && url.startsWith("http:"))
  );
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
