import { expect, test } from "bun:test";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import {
  isInside,
  reachOf,
  toAddress,
  toNetwork,
} from "../../../src/callback/reach/ip-reach.ts";
import { letters } from "../../fuzz/words.ts";

/** First and last of the addresses a callback has no business with: https://www.iana.org/assignments/iana-ipv4-special-registry */
const NOT_PUBLIC = [
  ["0.0.0.0", "0.255.255.255"],
  ["10.0.0.0", "10.255.255.255"],
  ["100.64.0.0", "100.127.255.255"],
  ["127.0.0.0", "127.255.255.255"],
  ["168.63.129.16", "168.63.129.16"],
  ["169.254.0.0", "169.254.255.255"],
  ["172.16.0.0", "172.31.255.255"],
  ["192.0.0.0", "192.0.0.255"],
  ["192.0.2.0", "192.0.2.255"],
  ["192.168.0.0", "192.168.255.255"],
  ["198.18.0.0", "198.19.255.255"],
  ["198.51.100.0", "198.51.100.255"],
  ["203.0.113.0", "203.0.113.255"],
  ["224.0.0.0", "255.255.255.255"],
].map(([first = "", last = ""]) => [toNumber(first), toNumber(last)] as const);

function toNumber(text: string): number {
  return text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

const inside = (value: number) =>
  NOT_PUBLIC.some(([first, last]) => value >= first && value <= last);
const edges = NOT_PUBLIC.flatMap(([first, last]) => [
  first - 1,
  first,
  last,
  last + 1,
]);
const four = fc.oneof(
  fc.nat({ max: 2 ** 32 - 1 }),
  fc.constantFrom(...edges.filter((value) => value >= 0 && value < 2 ** 32)),
);

test("an IPv4 address is public exactly when it is outside the special ranges", () => {
  fc.assert(
    fc.property(four, (value) => {
      const { kind } = reachOf(toAddress(toText(value)));
      // Anycast relays of 6to4, long given up: RFC 7526.
      fc.pre(
        value >>> 8 !== toNumber("192.88.99.0") >>> 8 && !isDelegated(value),
      );
      expect(kind === "public").toBe(!inside(value));
    }),
    { numRuns: 1000 },
  );
});

/** AS112 (RFC 7534, RFC 7535) and AMT (RFC 7450): ipaddr.js refuses more than the list above. */
function isDelegated(value: number): boolean {
  return ["192.31.196.0", "192.52.193.0", "192.175.48.0"].some(
    (text) => value >>> 8 === toNumber(text) >>> 8,
  );
}

test("an IPv4 address inside an IPv6 address is judged as it is by itself", () => {
  fc.assert(
    fc.property(four, (value) => {
      const text = toText(value);
      const alone = reachOf(toAddress(text));
      expect(reachOf(toAddress(`::ffff:${text}`))).toEqual(alone);
      expect(reachOf(toAddress(`64:ff9b::${text}`))).toEqual(alone);
    }),
  );
});

test("an IPv6 address outside 2000::/3 is never public", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const address = toAddress(ipaddr.fromByteArray([...bytes]).toString());
      fc.pre(address.kind() === "ipv6" && (bytes[0] ?? 0) >>> 5 !== 1);
      expect(reachOf(address).kind).not.toBe("public");
    }),
    { numRuns: 300 },
  );
});

test("a network contains exactly the addresses that share its first bits", () => {
  fc.assert(
    fc.property(four, four, fc.nat({ max: 32 }), (base, other, bits) => {
      const network = toNetwork(`${toText(base)}/${bits}`);
      const isSame =
        bits === 0 || base >>> (32 - bits) === other >>> (32 - bits);
      if (network === undefined) throw new Error("This is a network.");
      expect(isInside(toAddress(toText(other)), network)).toBe(isSame);
    }),
    { numRuns: 300 },
  );
});

test("any text is either a network or refused without throwing", () => {
  const text = fc.string({
    unit: fc.constantFrom(...letters("0123456789abcdef.:/x%[]- ")),
  });
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (sent) => {
      const network = toNetwork(sent);
      if (network !== undefined) expect(network[1]).toBeLessThanOrEqual(128);
    }),
    { numRuns: 500 },
  );
});
