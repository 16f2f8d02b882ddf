/** Browsers: by which names they may call this server, and from which pages. Decided before a request is routed. */
import { isIP } from "node:net";
import { ServerError } from "../errors.ts";

export interface BrowserOptions {
  /** Only this machine can reach the server: then it has no other name than this machine's own, and those of `allowHosts`. */
  readonly isLoopback: boolean;
  /** Names it is called by, in lower case, without port. Where some are given, others are refused. */
  readonly allowHosts: readonly string[];
  /** Whose pages may call it, as browsers write them: `https://example.com`. */
  readonly corsOrigins: readonly string[];
}

/** What Elysia gives of a request that is not routed yet. */
interface Context {
  readonly request: Request;
  readonly set: { readonly headers: Record<string, string | number> };
}

/** They change nothing (RFC 9110 section 9.2.1), and what they answer no other page can read. */
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
/** How long a browser may remember what a page may do, in seconds. */
const MAX_AGE = "600";
const METHODS = "GET, POST, DELETE";
const REQUEST_HEADERS = [
  "authorization",
  "content-type",
  "idempotency-key",
  "prefer",
  "traceparent",
  "tracestate",
  "x-actions-async-callback",
  "x-actions-async-timeout",
  "x-actions-on-disconnect",
  "x-actions-request-id",
  "x-actions-run-timeout",
  "x-actions-start-timeout",
  "x-api-key",
].join(", ");
const RESPONSE_HEADERS = [
  "idempotency-replayed",
  "link",
  "location",
  "preference-applied",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "www-authenticate",
  "x-action-async-completion",
  "x-action-server-run-id",
].join(", ");
/** Most clients use one name. */
const MAX_REMEMBERED = 100;

export class Browsers {
  readonly #options: BrowserOptions;
  readonly #origins: ReadonlySet<string>;
  /** Values of `host` that were allowed. */
  readonly #hosts = new Set<string>();

  constructor(options: BrowserOptions) {
    this.#options = options;
    this.#origins = new Set(options.corsOrigins);
  }

  /**
   * @returns the answer to a preflight (https://fetch.spec.whatwg.org/#http-cors-protocol); undefined for everything else
   * @throws {ServerError} `invalid_header` when the host is none, and Bun would make no URL of it; `misdirected_request` when the server is called by a name that is not its own, as a page does
   *   whose name was made to lead here (DNS rebinding); `origin_not_allowed` when the page of another site would change
   *   something
   */
  readonly check = ({ request, set }: Context): Response | undefined => {
    const { headers, method } = request;
    const host = headers.get("host");
    if (host === null || !this.#hosts.has(host)) this.#checkHost(host);
    const origin = headers.get("origin");
    if (origin === null) {
      if (headers.get("sec-fetch-site") === "cross-site")
        refuseUnsafe(method, "another site");
      return undefined;
    }
    if (this.#origins.has(origin)) {
      Object.assign(set.headers, {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": RESPONSE_HEADERS,
        vary: "origin",
      });
      return isPreflight(request) ? preflightReply(origin) : undefined;
    }
    if (!isSameOrigin(origin, host ?? ""))
      refuseUnsafe(method, JSON.stringify(origin));
    return undefined;
  };

  #checkHost(host: string | null): void {
    const { isLoopback, allowHosts } = this.#options;
    const isOpen = !isLoopback && allowHosts.length === 0;
    // HTTP/1.0 needs none.
    if (host === null && isOpen) return;
    const name = host === null ? undefined : toName(host);
    if (host === null || name === undefined)
      throw new ServerError(
        "invalid_header",
        `Host must be the name or address this server is called by, not ${JSON.stringify(host)}.`,
      );
    const isAllowed =
      isOpen || allowHosts.includes(name) || (isLoopback && isOwnName(name));
    if (!isAllowed)
      throw new ServerError(
        "misdirected_request",
        `This server is not called ${JSON.stringify(host)}. Its names are those of --allow-host${isLoopback ? ", localhost and loopback addresses" : ""}.`,
      );
    if (this.#hosts.size < MAX_REMEMBERED) this.#hosts.add(host);
  }
}

function refuseUnsafe(method: string, origin: string): void {
  if (SAFE_METHODS.has(method)) return;
  throw new ServerError(
    "origin_not_allowed",
    `A page of ${origin} may not do this: no --cors-origin names it.`,
  );
}

/** @returns what a `host` header names, without port; undefined when it is no host (RFC 9112 section 3.2) */
export function toName(host: string): string | undefined {
  const url = URL.parse(`http://${host}/`);
  if (url === null || url.pathname !== "/" || url.username !== "")
    return undefined;
  return url.hostname;
}

/** RFC 6761 section 6.3: names below `localhost` are this machine's as well. */
function isOwnName(name: string): boolean {
  const plain = name.replace(/\.$/, "");
  if (plain === "localhost" || plain.endsWith(".localhost")) return true;
  if (plain === "[::1]") return true;
  return isIP(plain) === 4 && plain.startsWith("127.");
}

/** Whether the scheme is the same cannot be told: a proxy may have taken TLS off. */
function isSameOrigin(origin: string, host: string): boolean {
  const url = URL.parse(origin);
  return url !== null && url.host !== "" && url.host === host.toLowerCase();
}

function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("access-control-request-method");
}

function preflightReply(origin: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": REQUEST_HEADERS,
      "access-control-max-age": MAX_AGE,
      vary: "origin",
    },
  });
}
