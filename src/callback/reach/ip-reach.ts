/** Tells what an address reaches: the internet, this machine and its network, or something no callback should reach. */
import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** An address and how many of its first bits count. */
export type Network = [Address, number];

export interface Reach {
  /** `never` means link-local, metadata, unspecified, multicast, reserved and similar addresses. */
  readonly kind: "public" | "private" | "never";
  /** The kind of address in words, such as "link-local". */
  readonly name: string;
}

/** Metadata services that give credentials to anything inside a cloud, at addresses that are not link-local. */
const METADATA = [
  "fd00:ec2::254", // Amazon
  "fd20:ce::254", // Google
  "fd00:42::42", // Scaleway
  "100.100.100.200", // Alibaba
  "168.63.129.16", // Azure
].map((text) => ipaddr.parse(text));
/** The ranges of ipaddr.js that belong to this machine or its network. */
const PRIVATE = new Set([
  "loopback",
  "private",
  "uniqueLocal",
  "carrierGradeNat",
]);
/** Gateways translate these to the IPv4 address in the last 32 bits (RFC 6052 section 2.1). */
const NAT64: Network = [ipaddr.parse("64:ff9b::"), 96];
/** The part of IPv6 that is allocated for use on the internet: https://www.iana.org/assignments/ipv6-address-space */
const GLOBAL_UNICAST: Network = [ipaddr.parse("2000::"), 3];

/** An IPv6 address that leads to an IPv4 address (IPv4-mapped or NAT64) becomes that IPv4 address. */
export function toAddress(text: string): Address {
  const address = ipaddr.process(text);
  if (!isInside(address, NAT64)) return address;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

/** @returns undefined when the text is neither a network such as 10.0.0.0/8 nor an address */
export function toNetwork(text: string): Network | undefined {
  if (ipaddr.isValidCIDR(text)) {
    const [base, bits] = ipaddr.parseCIDR(text);
    const address = ipaddr.process(base.toString());
    const isMapped = address.kind() !== base.kind() && bits >= 96;
    return isMapped ? [address, bits - 96] : [base, bits];
  }
  if (!ipaddr.isValid(text)) return undefined;
  const address = toAddress(text);
  return [address, address.toByteArray().length * 8];
}

export function isInside(address: Address, [base, bits]: Network): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}

export function reachOf(address: Address): Reach {
  if (METADATA.some((known) => isInside(address, [known, 128])))
    return { kind: "never", name: "metadata" };
  const range = address.range();
  if (PRIVATE.has(range)) return { kind: "private", name: toWords(range) };
  if (range !== "unicast") return { kind: "never", name: toWords(range) };
  // ipaddr.js says "unicast" for every range it does not know.
  if (address.kind() === "ipv6" && !isInside(address, GLOBAL_UNICAST))
    return { kind: "never", name: "unassigned" };
  return { kind: "public", name: "public" };
}

function toWords(range: string): string {
  return range.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
