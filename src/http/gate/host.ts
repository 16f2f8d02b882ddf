/** By which names the server may be called: a page that makes its own name lead here (DNS rebinding) is turned away. */
import { isLoopback } from "../../access/binding.ts";
import { ServerError } from "../../errors.ts";

/** RFC 9110 section 7.2: a name, an IPv4 address or an IPv6 address in brackets, and perhaps a port. */
const HOST =
  /^(?:\[(?<address>[\da-f:.]+)\]|(?<name>[\w.-]+))(?::(?<port>\d*))?$/i;
const MAX_PORT = 65_535;

/** @returns the name or address without its port, in lower case; undefined when it is none */
export function parseHost(host: string): string | undefined {
  const { address, name, port = "" } = HOST.exec(host)?.groups ?? {};
  if (Number(port) > MAX_PORT) return undefined;
  return (address ?? name?.replace(/(?<=[^.])\.$/, ""))?.toLowerCase();
}

export class Hosts {
  readonly #allowed: ReadonlySet<string> | undefined;
  /** The last header that passed: nearly all are the same. */
  #passed: string | undefined;

  /**
   * Where only this machine can reach the server, and wherever names are given, other names are refused.
   *
   * @param host what is listened on
   * @param allowed names and addresses, as `parseHost` gives them
   */
  constructor(host: string, allowed: readonly string[]) {
    if (isLoopback(host) || allowed.length > 0)
      this.#allowed = new Set([...allowed, host.toLowerCase()]);
  }

  /** @throws {ServerError} `invalid_header`, `host_not_allowed` */
  check({ headers }: Request): void {
    if (this.#allowed === undefined) return;
    const header = headers.get("host");
    if (header === this.#passed) return;
    // Two of them come as one list, which is no host: RFC 9112 section 3.2.
    const host = parseHost(header ?? "");
    if (host === undefined)
      throw new ServerError(
        "invalid_header",
        `Host must be the name or address this server is called by, not ${JSON.stringify(header?.slice(0, 200) ?? null)}.`,
      );
    if (!this.#allowed.has(host) && !isLoopbackName(host))
      throw new ServerError(
        "host_not_allowed",
        `This server is not called ${JSON.stringify(host.slice(0, 200))}. Names besides localhost are named with --allow-host.`,
      );
    this.#passed = header as string;
  }
}

function isLoopbackName(host: string): boolean {
  return isLoopback(host) || host.endsWith(".localhost");
}
