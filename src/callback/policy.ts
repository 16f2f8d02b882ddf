/** Decides where a callback may go: not to addresses that only this machine or its network can reach, unless allowed. */
import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import pTimeout from "p-timeout";
import { ServerError } from "../errors.ts";
import { reachOf, toAddress } from "./ip-reach.ts";
import { createAllowList } from "./allow-list.ts";

/** Resolves a host name to all its addresses. */
export type Resolve = (host: string) => Promise<string[]>;

/**
 * A name passes when every one of its addresses does: a name that also leads to a private address may be an attack.
 * Nothing is remembered between checks.
 */
export interface CallbackPolicy {
  /**
   * Checks a URL before its run is accepted. A name that does not resolve within two seconds passes: it is checked again
   * at each attempt.
   *
   * @throws {ServerError} `callback_not_allowed`
   */
  checkAtAccept(url: URL): Promise<void>;
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
  const { resolve = resolveAll } = options;
  const allowed = createAllowList(options.allow);

  const check = (url: URL, addresses: readonly string[]) => {
    for (const text of addresses) {
      const address = toAddress(text);
      const { kind, name } = reachOf(address);
      if (kind === "public" || allowed.hasAddress(address)) continue;
      if (
        kind === "private" &&
        (options.allowPrivate || allowed.hasName(toHost(url)))
      )
        continue;
      throw refusal(
        `A callback may not go to ${url.host}: ${text} is not a public address (${name}). The server's operator can allow it with --callback-allow.`,
      );
    }
  };

  return {
    async checkAtAccept(url) {
      checkForm(url);
      const host = toHost(url);
      const addresses = ipaddr.isValid(host)
        ? [host]
        : await pTimeout(
            resolve(host).catch(() => []),
            { milliseconds: ACCEPT_LOOKUP_MS, fallback: () => [] },
          );
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

/** Puts IPv4 first: both ends are more likely to have it. */
async function resolveAll(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: "ipv4first" });
  return found.map(({ address }) => address);
}
