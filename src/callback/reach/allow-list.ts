/** The hosts and networks that `--callback-allow` opens to callbacks although they are not public. */
import ipaddr from "ipaddr.js";
import { UsageError } from "../../errors.ts";
import { type Address, isInside, type Network, toNetwork } from "./ip-reach.ts";

export interface AllowList {
  hasAddress(address: Address, port: number): boolean;
  /** @param host in lower case, without a final dot */
  hasName(host: string, port: number): boolean;
  /** Whether an entry names the host together with this port. */
  hasPort(host: string, port: number): boolean;
}

const NAME = /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/;
/** A name, an IPv4 address or an IPv6 address in brackets, and a port. */
const WITH_PORT = /^(?:\[([\da-f:.]+)\]|([^:]+)):(\d{1,5})$/i;
const MAX_PORT = 65_535;

interface Entry {
  readonly network: Network | undefined;
  /** In lower case; `*.suffix` stands for every name below the suffix, not the suffix itself. */
  readonly name: string;
  /** Undefined means any. */
  readonly port: number | undefined;
}

/**
 * @param entries host names, `*.suffix`, addresses and CIDR networks; names and addresses with or without a port
 * @throws {UsageError} when an entry is none of these
 */
export function createAllowList(entries: readonly string[]): AllowList {
  const allowed = entries.map(toEntry);
  const has = (host: string, port: number, isNamed: boolean) =>
    allowed.some(
      (entry) =>
        isNameOf(entry, host) &&
        (entry.port === port || (!isNamed && entry.port === undefined)),
    );
  return {
    hasAddress: (address, port) =>
      allowed.some(
        (entry) =>
          entry.network !== undefined &&
          isInside(address, entry.network) &&
          (entry.port ?? port) === port,
      ),
    hasName: (host, port) => has(host, port, false),
    hasPort: (host, port) => has(host, port, true),
  };
}

function isNameOf({ network, name }: Entry, host: string): boolean {
  if (network !== undefined)
    return ipaddr.isValid(host) && isInside(ipaddr.process(host), network);
  return name.startsWith("*.") ? host.endsWith(name.slice(1)) : host === name;
}

function toEntry(text: string): Entry {
  const [, inBrackets, other, digits] = WITH_PORT.exec(text) ?? [];
  const host = inBrackets ?? other ?? text;
  const port = digits === undefined ? undefined : Number(digits);
  // ipaddr.js takes 10 for 0.0.0.10.
  const isShort =
    /^[\d.]+(?:\/\d+)?$/.test(host) && !/^\d+(?:\.\d+){3}(?:\/|$)/.test(host);
  const network = isShort ? undefined : toNetwork(host);
  const isRight =
    !isShort &&
    (port === undefined || (port > 0 && port <= MAX_PORT)) &&
    (network !== undefined || isName(host));
  if (isRight) return { network, name: host.toLowerCase(), port };
  throw new UsageError(
    `--callback-allow takes a host name, *.suffix, an address or a network such as 10.0.0.0/8, and a port where only one is meant, such as hooks.internal:8443, not ${JSON.stringify(text)}.`,
  );
}

/** No URL can have a host such as 10.0.0.256, which has the form of an address but is not one. */
function isName(text: string): boolean {
  return NAME.test(text) && URL.canParse(`http://${text.replace("*.", "")}`);
}
