/** Checks every request before its path is looked at, and completes every reply on its way out. */
import { ServerError } from "../../errors.ts";
import { overloaded } from "./crowd.ts";
import { type Hosts, refuseInvalidHost } from "./host.ts";
import type { Origins } from "./origin.ts";
import type { Listening } from "./senders.ts";

/** The most bytes that the listener accepts for the request line and headers. Beyond that Bun answers 431 itself, without a body. */
const MAX_HEADER_BYTES = 65_536;
/** The bytes of a header besides its name and value: colon, space and line end. */
const HEADER_EXTRA_BYTES = 4;
/** Places beyond the limit in which it is found out whether a request is one of an operator. */
const OPERATOR_PLACES = 256;
/** A browser must not guess the type of a reply from its bytes: https://fetch.spec.whatwg.org/#x-content-type-options-header */
const NO_SNIFF = "x-content-type-options";

export interface GateParts {
  readonly hosts: Hosts;
  readonly origins: Origins;
  readonly maxHeaderBytes?: number;
  /** How many requests may be answered at once; a few more are looked at, because they may be those of an operator. */
  readonly maxRequests?: number;
  /** Streams are requests, too, and have a limit of their own. */
  readonly streams?: { readonly count: number };
}

export class RequestGate {
  readonly #parts: GateParts;
  readonly #maxHeaderBytes: number;

  constructor(parts: GateParts) {
    this.#parts = parts;
    this.#maxHeaderBytes = parts.maxHeaderBytes ?? MAX_HEADER_BYTES;
  }

  /**
   * @param origin the server's own, as a proxy knows it
   * @returns the reply, if it is already known
   * @throws {ServerError} `overloaded`, `invalid_target`, `headers_too_large`, `invalid_header`, `host_not_allowed`,
   *   `origin_not_allowed`
   */
  enter(
    request: Request,
    listener: Listening,
    origin?: string,
  ): Response | undefined {
    if (listener.isAmbiguous(request)) throw ambiguous();
    this.#refuseCrowd(request, listener);
    if (this.#maxHeaderBytes < MAX_HEADER_BYTES) this.#checkSize(request);
    // Load balancers and kubelets ask by address, or with HTTP/1.0 without any host.
    if (isHealthCheck(request)) refuseInvalidHost(request);
    else this.#parts.hosts.check(request);
    return this.#parts.origins.admit(request, origin);
  }

  leave(response: Response, request: Request): Response {
    // To set it again takes longer than to look.
    if (!response.headers.has(NO_SNIFF))
      response.headers.set(NO_SNIFF, "nosniff");
    this.#parts.origins.mark(response, request);
    return response;
  }

  #refuseCrowd(request: Request, listener: Listening): void {
    const { maxRequests = Infinity, streams } = this.#parts;
    if (maxRequests === Infinity) return;
    const count = listener.requestCount - (streams?.count ?? 0);
    if (count <= maxRequests + OPERATOR_PLACES) return;
    // Health checks are always answered.
    if (isHealthCheck(request)) return;
    throw overloaded(maxRequests);
  }

  #checkSize({ headers }: Request): void {
    let byteCount = 0;
    for (const [name, value] of headers)
      byteCount += name.length + value.length + HEADER_EXTRA_BYTES;
    if (byteCount <= this.#maxHeaderBytes) return;
    throw new ServerError(
      "headers_too_large",
      `The request headers have ${byteCount} bytes, but may have at most ${this.#maxHeaderBytes}.`,
    );
  }
}

/** Two servers that take the same target for different paths let somebody in whom one of them keeps out. */
function ambiguous(): ServerError {
  return new ServerError(
    "invalid_target",
    "The path of the request must not have backslashes, the segments . or .., or #.",
  );
}

/** Machines poll the server's health: these requests are always answered, and first. */
export function isHealthCheck({ method, url }: Request): boolean {
  // Most requests are none: only what looks like one is parsed.
  return (
    (method === "GET" || method === "HEAD") &&
    url.includes("/health/") &&
    URL.parse(url)?.pathname.startsWith("/health/") === true
  );
}
