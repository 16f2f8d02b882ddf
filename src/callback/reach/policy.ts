/** Decides where a callback may go: not to addresses that only this machine or its network can reach, unless allowed. */
import ipaddr from "ipaddr.js";
import pTimeout from "p-timeout";
import { ServerError } from "../../errors.ts";
import { reachOf, toAddress } from "./ip-reach.ts";
import { createAllowList } from "./allow-list.ts";
import { BAD_PORTS } from "./bad-ports.ts";
import { createResolve, type Resolve } from "./resolver.ts";

/**
 * A name passes when every one of its addresses does: a name that also leads to a private address may be an attack.
 * Nothing is remembered between checks.
 */
export interface CallbackPolicy {
  /**
   * Checks a URL before its run is accepted. A name that does not resolve within two seconds passes, as does one whose
   * key has many look-ups under way: it is checked again at each attempt.
   *
   * @param owner the id of the key, whose look-ups wait for no others
   * @throws {ServerError} `callback_not_allowed`
   */
  checkAtAccept(url: URL, owner?: string): Promise<void>;
  /**
   * Checks a URL right before an attempt.
   *
   * @returns the addresses that were checked, at least one: the connection must go to one of them, without resolving
   *   the name again
   * @throws {ServerError} `callback_not_allowed`
   * @throws {Error} the name does not resolve
   */
  checkAtAttempt(url: URL): Promise<[string, ...string[]]>;
}

const ACCEPT_LOOKUP_MS = 2000;
/** Look-ups of one key at once, for runs that are being accepted. */
const MAX_LOOKUPS_PER_KEY = 64;

/**
 * @param options.allow see `createAllowList`. A host name opens private addresses; link-local, metadata and reserved
 *   ones must be named as addresses or networks.
 * @param options.allowPrivate whether loopback and private addresses are allowed, as on a developer's machine; it is read at each check
 * @throws {UsageError} when an entry of `allow` is wrong
 */
export function createCallbackPolicy(options: {
  allow: readonly string[];
  allowPrivate: boolean;
  resolve?: Resolve;
}): CallbackPolicy {
  const { resolve = createResolve() } = options;
  const allowed = createAllowList(options.allow);
  const lookupCounts = new Map<string, number>();

  const lookUp = async (host: string, owner: string): Promise<string[]> => {
    const count = lookupCounts.get(owner) ?? 0;
    if (count >= MAX_LOOKUPS_PER_KEY) return [];
    lookupCounts.set(owner, count + 1);
    const found = resolve(host)
      .catch(() => [])
      .finally(() => {
        const left = (lookupCounts.get(owner) ?? 1) - 1;
        if (left === 0) lookupCounts.delete(owner);
        else lookupCounts.set(owner, left);
      });
    return await pTimeout(found, {
      milliseconds: ACCEPT_LOOKUP_MS,
      fallback: () => [],
    });
  };

  const check = (url: URL, addresses: readonly string[]) => {
    const host = toHost(url);
    const port = toPort(url);
    const isBad = BAD_PORTS.has(port) && !allowed.hasPort(host, port);
    for (const text of addresses) {
      const address = toAddress(text);
      const { kind } = reachOf(address);
      const isOwn = kind === "private" && options.allowPrivate;
      if (isBad && !isOwn)
        throw refusal(
          `A callback may not go to port ${port}, which belongs to another protocol. The server's operator can allow it with --callback-allow ${host}:${port}.`,
        );
      if (kind === "public" || isOwn) continue;
      if (allowed.hasAddress(address, port)) continue;
      if (kind === "private" && allowed.hasName(host, port)) continue;
      // It does not say what the name resolves to: that is a matter of the network the server is in.
      throw refusal(
        `A callback may not go to ${url.host}, which is not a public address. The server's operator can allow it with --callback-allow.`,
      );
    }
  };

  return {
    async checkAtAccept(url, owner = "") {
      checkForm(url);
      const host = toHost(url);
      const addresses = ipaddr.isValid(host)
        ? [host]
        : await lookUp(host, owner);
      check(url, addresses);
    },
    async checkAtAttempt(url) {
      checkForm(url);
      const host = toHost(url);
      const [first, ...others] = ipaddr.isValid(host)
        ? [host]
        : await resolve(host);
      // Without an address to check there must be no connection.
      if (first === undefined) throw new Error(`${host} has no address.`);
      check(url, [first, ...others]);
      return [first, ...others];
    },
  };
}

/**
 * Gives the host as it is looked up, without the brackets of IPv6 and a final dot. The URL parser has already turned
 * decimal, octal, hex and short spellings into dotted IPv4: https://url.spec.whatwg.org/#concept-ipv4-parser
 */
export function toHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

function toPort({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

function checkForm({ protocol, username, password }: URL): void {
  if (protocol !== "http:" && protocol !== "https:")
    throw refusal(
      `A callback URL must begin with http: or https:, not with ${protocol}`,
    );
  if (username !== "" || password !== "")
    throw refusal("A callback URL must not contain a user name or a password.");
}

function refusal(message: string): ServerError {
  return new ServerError("callback_not_allowed", message);
}
