import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  hashToken,
  isSameHash,
  isToken,
  makeToken,
} from "../../src/access/token.ts";

test("a new key can be found by scanners, and is never the same", () => {
  const tokens = Array.from({ length: 1000 }, makeToken);
  for (const token of tokens) {
    expect(token).toMatch(/^actiond_[\da-z]{57}$/);
    expect(isToken(token)).toBe(true);
  }
  expect(new Set(tokens).size).toBe(1000);
});

describe("what is no key", () => {
  test("is one of ours with any letter changed, or cut short", () => {
    const token = makeToken();
    fc.assert(
      fc.property(
        fc.nat({ max: token.length - 1 }),
        fc.stringMatching(/^[\da-z]$/),
        (index, letter) => {
          const changed = `${token.slice(0, index)}${letter}${token.slice(index + 1)}`;
          // Within the prefix it is no longer one of ours, and may be anybody's.
          const isOurs = changed.startsWith("actiond_");
          expect(isToken(changed)).toBe(changed === token || !isOurs);
          if (index >= "actiond_".length)
            expect(isToken(token.slice(0, index))).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
    expect(isToken("actiond_")).toBe(false);
    expect(isToken(`${token}${token}`)).toBe(false);
  });

  test.each(["", " ", "a b", "ü", "a\n", "\u0000", "x".repeat(257)])(
    "is %j",
    (text) => {
      expect(isToken(text)).toBe(false);
    },
  );
});

test("a hash says nothing of its key, and is that of no other", () => {
  // https://www.di-mgt.com.au/sha_testvectors.html
  expect(hashToken("abc")).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(isSameHash(hashToken("abc"), hashToken("abc"))).toBe(true);
  expect(isSameHash(hashToken("abc"), hashToken("abd"))).toBe(false);
});
