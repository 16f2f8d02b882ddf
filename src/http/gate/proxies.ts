/**
 * What the proxies in front of the server say about a request: who sent it, to which name and path. Only proxies with an
 * address that was named are believed, because anybody can send these headers (RFC 7239 section 8.1).
 */
import { parse as parseForwarded } from "forwarded-parse";
import ipaddr from "ipaddr.js";
import { parseHost } from "./host.ts";

/** What is known of a request besides what it says itself. */
export interface Forwarded {
  /** The address of the client. Undefined: that of the connection. */
  readonly address: string | undefined;
  /** The scheme and host that the client asked. Undefined: those of the request. */
  readonly origin: string | undefined;
  /** The path before those of the server, such as "/actiond", or "". */
  readonly prefix: string;
}

/** One proxy's account of the request it received. */
interface Hop {
  readonly for?: string | undefined;
  readonly host?: string | undefined;
  readonly proto?: string | undefined;
}

interface Addresses {
  /** @returns the address that the connection of this request comes from */
  addressOf(request: Request): string | undefined;
}

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Of the parts of a path, which stand in links and replies. */
const PREFIX = /^(?:\/[\w.~-]+)+$/;
const ADDRESS_BITS = { ipv4: 32, ipv6: 128 };

export class Proxies {
  readonly #trusted: readonly Network[];
  readonly #basePath: string;

  /**
   * @param trusted addresses of proxies, and networks such as 10.0.0.0/8
   * @param basePath such as "/actiond": requests may have it before their paths; "" for none
   */
  constructor(trusted: readonly string[], basePath: string) {
    this.#trusted = trusted.map(toNetwork);
    this.#basePath = basePath;
  }

  /** Reads what proxies say, and gives the request the host and the path that it would have without them. */
  read(request: Request, listener: Addresses): Forwarded {
    this.#cutBasePath(request);
    const sender = listener.addressOf(request);
    if (sender === undefined || !this.#isTrusted(sender))
      return {
        address: undefined,
        origin: undefined,
        prefix: this.#basePath,
      };
    const { headers } = request;
    const hop = this.#findClient(toHops(headers));
    const { host = headers.get("host") ?? "", proto } = hop;
    const isHost = parseHost(host) !== undefined;
    if (isHost) headers.set("host", host);
    const prefix = lastOf(headers.get("x-forwarded-prefix"))?.replace(
      /\/$/,
      "",
    );
    return {
      address: toAddress(hop.for)?.toString(),
      origin:
        isHost && (proto === "http" || proto === "https")
          ? `${proto}://${host}`
          : undefined,
      prefix:
        prefix !== undefined && PREFIX.test(prefix) ? prefix : this.#basePath,
    };
  }

  #cutBasePath(request: Request): void {
    const { url } = request;
    const basePath = this.#basePath;
    const start = url.indexOf("/", url.indexOf("://") + "://".length);
    if (basePath === "" || !url.startsWith(basePath, start)) return;
    const rest = url.slice(start + basePath.length);
    if (rest !== "" && !/^[/?]/.test(rest)) return;
    const value = `${url.slice(0, start)}${rest.startsWith("/") ? "" : "/"}${rest}`;
    Object.defineProperty(request, "url", { value });
  }

  /**
   * @param hops the farthest first, as each proxy adds itself at the end
   * @returns that of the first proxy which is believed
   */
  #findClient(hops: readonly Hop[]): Hop {
    let found: Hop = {};
    for (const hop of hops.toReversed()) {
      // A name that hides the address says nothing about who is behind it.
      if (toAddress(hop.for) === undefined) return { ...hop, for: found.for };
      found = hop;
      if (!this.#isTrusted(hop.for as string)) break;
    }
    return found;
  }

  #isTrusted(text: string): boolean {
    const address = toAddress(text);
    return (
      address !== undefined &&
      this.#trusted.some(
        ([base, bits]) =>
          base.kind() === address.kind() && address.match(base, bits),
      )
    );
  }
}

/** Gives what a reply refers to the path by which its client finds it. */
export function addPrefix({ headers }: Response, prefix: string): void {
  const location = headers.get("location");
  if (location?.startsWith("/") === true)
    headers.set("location", prefix + location);
  const link = headers.get("link");
  if (link !== null)
    headers.set("link", link.replaceAll(/<\//g, `<${prefix}/`));
}

function toHops(headers: Headers): Hop[] {
  const forwarded = headers.get("forwarded");
  if (forwarded !== null) return toForwarded(forwarded);
  const addresses = toList(headers.get("x-forwarded-for"));
  const hosts = toList(headers.get("x-forwarded-host"));
  const protos = toList(headers.get("x-forwarded-proto"));
  const count = Math.max(addresses.length, 1);
  // A list that is shorter comes from proxies that replace what they receive: its last value is right for all.
  const at = (list: readonly string[], index: number) =>
    list.length === count ? list[index] : list.at(-1);
  return Array.from({ length: count }, (_, index) => ({
    for: addresses[index],
    host: at(hosts, index),
    proto: at(protos, index)?.toLowerCase(),
  }));
}

/** A header that is not valid says nothing. */
function toForwarded(text: string): Hop[] {
  try {
    return parseForwarded(text).map((hop) => ({
      for: hop["for"],
      host: hop["host"],
      proto: hop["proto"]?.toLowerCase(),
    }));
  } catch {
    return [];
  }
}

/** Reads an address with a port, too, and an IPv6 address in brackets. */
function toAddress(text = ""): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const [, inBrackets, plain] =
    /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  const address = inBrackets ?? plain ?? text;
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
}

function toNetwork(text: string): Network {
  if (text.includes("/")) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, ADDRESS_BITS[address.kind()]];
}

function toList(header: string | null): string[] {
  return (header ?? "")
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

function lastOf(header: string | null): string | undefined {
  return toList(header).at(-1);
}
