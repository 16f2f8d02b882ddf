/** What every request passes before its path is looked at, and what every reply gets on its way out. */
import { ServerError } from "../../errors.ts";
import type { Hosts } from "./host.ts";
import type { Origins } from "./origin.ts";

/** What Bun takes of the request line and the headers together: beyond it answers 431 itself, without a problem. */
const MAX_HEADER_BYTES = 16_384;
/** Of a header besides its name and value: colon, space and line end. */
const HEADER_EXTRA_BYTES = 4;
const RETRY_SECONDS = 1;

export interface GateParts {
  readonly hosts: Hosts;
  readonly origins: Origins;
  readonly maxHeaderBytes?: number;
  /** Requests that are being answered at once. */
  readonly maxRequests?: number;
  /** @returns how many are, with the one that is asked about */
  readonly countRequests?: () => number;
}

export class RequestGate {
  readonly #parts: GateParts;
  readonly #maxHeaderBytes: number;

  constructor(parts: GateParts) {
    this.#parts = parts;
    this.#maxHeaderBytes = parts.maxHeaderBytes ?? MAX_HEADER_BYTES;
  }

  /**
   * @returns the reply, when it is known already
   * @throws {ServerError} `overloaded`, `headers_too_large`, `invalid_header`, `host_not_allowed`, `origin_not_allowed`
   */
  enter(request: Request): Response | undefined {
    this.#refuseCrowd(request);
    if (this.#maxHeaderBytes < MAX_HEADER_BYTES) this.#checkSize(request);
    this.#parts.hosts.check(request);
    return this.#parts.origins.admit(request);
  }

  leave(response: Response, request: Request): Response {
    // No reply is ever what a browser might guess from its bytes: https://fetch.spec.whatwg.org/#x-content-type-options-header
    response.headers.set("x-content-type-options", "nosniff");
    this.#parts.origins.mark(response, request);
    return response;
  }

  #refuseCrowd({ url }: Request): void {
    const { countRequests, maxRequests = Infinity } = this.#parts;
    const count = countRequests?.() ?? 0;
    if (count <= maxRequests) return;
    // Whoever asks whether the server is well is told so.
    if (URL.parse(url)?.pathname.startsWith("/health/") === true) return;
    throw new ServerError(
      "overloaded",
      `${maxRequests} requests are being answered, which is all this server takes.`,
      { retryAfterSeconds: RETRY_SECONDS },
    );
  }

  #checkSize({ headers }: Request): void {
    let byteCount = 0;
    for (const [name, value] of headers)
      byteCount += name.length + value.length + HEADER_EXTRA_BYTES;
    if (byteCount <= this.#maxHeaderBytes) return;
    throw new ServerError(
      "headers_too_large",
      `The headers have ${byteCount} bytes; ${this.#maxHeaderBytes} are the most there may be.`,
    );
  }
}
