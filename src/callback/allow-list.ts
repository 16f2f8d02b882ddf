/** The hosts and networks that `--callback-allow` opens to callbacks although they are not public. */
import { UsageError } from "../errors.ts";
import { type Address, isInside, type Network, toNetwork } from "./ip-reach.ts";

export interface AllowList {
  hasAddress(address: Address): boolean;
  /** @param host in lower case, without a final dot */
  hasName(host: string): boolean;
}

const NAME = /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/;

/**
 * @param entries host names, `*.suffix` (every name below the suffix, not the suffix itself), addresses and CIDR networks
 * @throws {UsageError} when an entry is none of these
 */
export function createAllowList(entries: readonly string[]): AllowList {
  const networks: Network[] = [];
  const names = new Set<string>();
  for (const entry of entries) {
    const network = toNetwork(entry);
    if (network === undefined) names.add(toName(entry));
    else networks.push(network);
  }
  return {
    hasAddress: (address) =>
      networks.some((network) => isInside(address, network)),
    hasName: (host) =>
      names.has(host) || toSuffixes(host).some((suffix) => names.has(suffix)),
  };
}

function toName(entry: string): string {
  // No URL can have a host such as 10.0.0.256, which has the form of an address but is not one.
  if (!NAME.test(entry) || !URL.canParse(`http://${entry.replace("*.", "")}`))
    throw new UsageError(
      `--callback-allow takes a host name, *.suffix, an address or a network such as 10.0.0.0/8, not ${JSON.stringify(entry)}.`,
    );
  return entry.toLowerCase();
}

/** @returns the patterns that match the host: "*.b.c" and "*.c" for "a.b.c" */
function toSuffixes(host: string): string[] {
  return [...host.matchAll(/\./g)].map(({ index }) => `*${host.slice(index)}`);
}
