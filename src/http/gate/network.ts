/** What of an address tells one sender from another. */
import ipaddr from "ipaddr.js";

/** A customer of a provider has at least so many bits of IPv6 addresses alone: RFC 6177. */
const PREFIX_BITS = 64;

/** @returns the address itself, or the network of an IPv6 address, in which one sender may have any number */
export function networkOf(address: string): string {
  if (!address.includes(":") || !ipaddr.IPv6.isValid(address)) return address;
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  const cut = parsed.toByteArray().fill(0, PREFIX_BITS / 8);
  return `${ipaddr.fromByteArray(cut).toString()}/${PREFIX_BITS}`;
}
