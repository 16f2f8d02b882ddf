/** Where a callback may go: never to what only this machine or its network can reach, unless that was allowed. */
import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { UsageError } from "../config.ts";
import { ServerError } from "../errors.ts";

/** Resolves a host name to its addresses. */
export type Resolve = (host: string) => Promise<string[]>;

export interface CallbackPolicy {
  /**
   * Checks a URL before its run is accepted. A name that does not resolve now, or not within two seconds, passes: it
   * is checked again at each attempt.
   *
   * @throws {ServerError} `callback_not_allowed`
   */
  checkAtAccept(url: URL): Promise<void>;
  /**
   * Checks a URL right before an attempt.
   *
   * @returns the addresses that were checked: the connection must go to one of them and not resolve the name again
   * @throws {ServerError} `callback_not_allowed`
   */
  checkAtAttempt(url: URL): Promise<string[]>;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

const ACCEPT_LOOKUP_MS = 2000;
/** The metadata service of Amazon EC2 on IPv6; on IPv4 these services are link-local. */
const METADATA = ipaddr.parse("fd00:ec2::254");
/** Ranges of ipaddr.js that belong to this machine or its network. */
const PRIVATE = new Set([
  "loopback",
  "private",
  "uniqueLocal",
  "carrierGradeNat",
]);

/**
 * @param options.allow host names, `*.suffix`, addresses and CIDR networks a callback may go to in any case
 * @param options.allowPrivate loopback and private addresses are allowed: this is a developer's machine
 * @throws {UsageError} when an entry of `allow` is none of these
 */
export function createCallbackPolicy(options: {
  allow: readonly string[];
  allowPrivate: boolean;
  resolve?: Resolve;
}): CallbackPolicy {
  const { resolve = resolveAll } = options;
  const networks: Network[] = [];
  const names = new Set<string>();
  for (const entry of options.allow) {
    const network = toNetwork(entry);
    if (network === undefined) names.add(toName(entry));
    else networks.push(network);
  }

  const check = (url: URL, addresses: readonly string[]) => {
    const isNamed = isNameAllowed(toHost(url), names);
    for (const text of addresses) {
      // `process` makes an IPv4-mapped IPv6 address the IPv4 address it is.
      const address = ipaddr.process(text);
      if (networks.some((network) => isInside(address, network))) continue;
      const range = isMetadata(address) ? "linkLocal" : address.range();
      if (range === "unicast") continue;
      if (PRIVATE.has(range) && (options.allowPrivate || isNamed)) continue;
      throw new ServerError(
        "callback_not_allowed",
        `A callback may not go to ${url.host}: ${text} is a ${toWords(range)} address. The server's --callback-allow can name it.`,
      );
    }
  };

  const checkCredentials = (url: URL) => {
    if (url.username !== "" || url.password !== "")
      throw new ServerError(
        "callback_not_allowed",
        "A callback URL may not carry a user name or password.",
      );
  };

  return {
    async checkAtAccept(url) {
      checkCredentials(url);
      const host = toHost(url);
      check(
        url,
        ipaddr.isValid(host) ? [host] : await resolveInTime(resolve, host),
      );
    },
    async checkAtAttempt(url) {
      checkCredentials(url);
      const host = toHost(url);
      const addresses = ipaddr.isValid(host) ? [host] : await resolve(host);
      check(url, addresses);
      return addresses;
    },
  };
}

/** IPv4 first: it is what both ends are more likely to have. */
async function resolveAll(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: "ipv4first" });
  return found.map(({ address }) => address);
}

async function resolveInTime(
  resolve: Resolve,
  host: string,
): Promise<string[]> {
  const { promise: late, resolve: end } = Promise.withResolvers<string[]>();
  const timer = setTimeout(end, ACCEPT_LOOKUP_MS, []);
  try {
    return await Promise.race([resolve(host).catch(() => []), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The URL parser has already turned decimal, octal, hex and short spellings into dotted IPv4: WHATWG URL, "host parsing". */
export function toHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

function toNetwork(entry: string): Network | undefined {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (!ipaddr.isValid(entry)) return undefined;
  const address = ipaddr.process(entry);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

function toName(entry: string): string {
  const name = entry.toLowerCase();
  if (!/^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/.test(name))
    throw new UsageError(
      `--callback-allow takes a host name, *.suffix, an address or a network such as 10.0.0.0/8, not ${JSON.stringify(entry)}.`,
    );
  return name;
}

function isNameAllowed(host: string, names: ReadonlySet<string>): boolean {
  const suffixes = [...host.matchAll(/\./g)].map(
    ({ index }) => `*${host.slice(index)}`,
  );
  return [host, ...suffixes].some((name) => names.has(name));
}

function isInside(address: Address, [base, bits]: Network): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}

function isMetadata(address: Address): boolean {
  return address.toString() === METADATA.toString();
}

function toWords(range: string): string {
  return range.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
