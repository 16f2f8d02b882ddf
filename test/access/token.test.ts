import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  hashToken,
  isSameHash,
  isToken,
  makeToken,
} from "../../src/access/token.ts";

test("a new key can be found by secret scanners and never repeats", () => {
  const tokens = Array.from({ length: 1000 }, makeToken);
  for (const token of tokens) {
    expect(token).toMatch(/^actiond_[\da-z]{57}$/);
    expect(isToken(token)).toBe(true);
  }
  expect(new Set(tokens).size).toBe(1000);
});

describe("texts that are not keys", () => {
  test("one of our keys is not accepted with any letter changed or cut short", () => {
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
      { numRuns: 300 },
    );
    expect(isToken("actiond_")).toBe(false);
    expect(isToken(`${token}${token}`)).toBe(false);
  });

  test.each(["", " ", "a b", "ü", "a\n", "\u0000"])(
    "the text %j is not accepted as a key",
    (text) => {
      expect(isToken(text)).toBe(false);
    },
  );

  test("a text of 257 letters is not accepted as a key", () => {
    expect(isToken("x".repeat(257))).toBe(false);
  });
});

test("a hash does not contain its key and differs from every other hash", () => {
  // https://www.di-mgt.com.au/sha_testvectors.html
  expect(hashToken("abc")).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(isSameHash(hashToken("abc"), hashToken("abc"))).toBe(true);
  expect(isSameHash(hashToken("abc"), hashToken("abd"))).toBe(false);
});
