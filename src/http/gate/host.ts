/** Checks the host name a request was sent to, so that a page whose own name resolves to this server (DNS rebinding) is refused. */
import { isLoopback } from "../../access/binding.ts";
import { ServerError } from "../../errors.ts";

/** RFC 9110 section 7.2: a name, an IPv4 address or an IPv6 address in brackets, with an optional port. */
const HOST =
  /^(?:\[(?<address>[\da-f:.]+)\]|(?<name>[\w.-]+))(?::(?<port>\d*))?$/i;
const MAX_PORT = 65_535;

/** @returns the name or address without its port, in lower case; undefined when the text is not a valid host */
export function parseHost(host: string): string | undefined {
  const { address, name, port = "" } = HOST.exec(host)?.groups ?? {};
  if (Number(port) > MAX_PORT) return undefined;
  return (address ?? name?.replace(/(?<=[^.])\.$/, ""))?.toLowerCase();
}

export class Hosts {
  readonly #allowed: ReadonlySet<string> | undefined;
  /** The last header that passed the check, because nearly all requests carry the same one. */
  #passed: string | undefined;

  /**
   * Other names are refused if only this machine can reach the server, or if any names are given.
   *
   * @param host the address that the server listens on
   * @param allowed names and addresses as `parseHost` returns them
   */
  constructor(host: string, allowed: readonly string[]) {
    if (isLoopback(host) || allowed.length > 0)
      this.#allowed = new Set([...allowed, host.toLowerCase()]);
  }

  /** @throws {ServerError} `invalid_header`, `host_not_allowed` */
  check({ headers }: Request): void {
    const header = headers.get("host");
    // Where any name will do, one that is missing does no harm, as in HTTP/1.0.
    if (header === null && this.#allowed === undefined) return;
    if (header === this.#passed) return;
    const host = toHost(header);
    if (this.#allowed?.has(host) === false && !isLoopbackName(host))
      throw new ServerError(
        "host_not_allowed",
        `This server does not answer to the host name ${JSON.stringify(host.slice(0, 200))}. Call it as localhost, or allow this name with --allow-host.`,
      );
    this.#passed = header as string;
  }
}

/**
 * Checks the header of a request that any name may be used for.
 *
 * @throws {ServerError} `invalid_header`
 */
export function refuseInvalidHost({ headers }: Request): void {
  const header = headers.get("host");
  if (header !== null) toHost(header);
}

/** Two Host headers arrive as one list, which is not a valid host: RFC 9112 section 3.2. */
function toHost(header: string | null): string {
  const host = parseHost(header ?? "");
  if (host !== undefined) return host;
  throw new ServerError(
    "invalid_header",
    header === null
      ? "The request has no Host header. Send the name or address of this server."
      : `Host must be the name or address of this server, not ${JSON.stringify(header.slice(0, 200))}.`,
  );
}

function isLoopbackName(host: string): boolean {
  return isLoopback(host) || host.endsWith(".localhost");
}
