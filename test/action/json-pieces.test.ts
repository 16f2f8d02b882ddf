import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cutText, jsonPieces } from "../../src/action/json-pieces.ts";
import { estimateLength, isLongerThan } from "../../src/action/to-json.ts";

/** @returns the text, and what is said of the value */
function write(value: unknown, pieceLength?: number) {
  const pieces = jsonPieces(value, pieceLength);
  let text = "";
  for (;;) {
    const next = pieces.next();
    if (next.done === true) return { text, ...next.value };
    text += next.value;
  }
}

const anything = fc.anything({
  maxDepth: 4,
  withBoxedValues: true,
  withDate: true,
  withNullPrototype: true,
  withSparseArray: true,
  withUnicodeString: true,
});

test("the pieces are together what JSON.stringify writes", () => {
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 400 }), (value, length) => {
      expect(write(value, length).text).toBe(JSON.stringify(value) ?? "null");
    }),
    { numRuns: 500 },
  );
});

test("a value is called plain only if that is what a reader gets", () => {
  fc.assert(
    fc.property(anything, (value) => {
      const { text, isPlain } = write(value);
      // Both write a number that is not finite as null.
      if (isPlain && !/null/.test(text))
        expect(JSON.parse(text)).toEqual(value);
    }),
  );
  expect(write({ at: new Date(0) }).isPlain).toBeFalse();
  expect(write({ none: undefined }).isPlain).toBeFalse();
  expect(write({ a: [1, { b: null }] })).toMatchObject({
    isPlain: true,
    valueCount: 5,
  });
});

test("pieces are about as long as they should be, also those of a single text", () => {
  const value = { list: Array(500).fill("abc"), text: '"'.repeat(5000) };
  const lengths = [...jsonPieces(value, 100)].map(({ length }) => length);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(320);
  expect(lengths.length).toBeGreaterThan(50);
});

test("no character is cut in two", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 1, max: 5 }),
      (text, length) => {
        const parts = [...cutText(text, length)];
        expect(parts.join("")).toBe(text);
        for (const part of parts) expect(part.isWellFormed()).toBeTrue();
      },
    ),
  );
});

describe("what has no JSON", () => {
  const itself: Record<string, unknown> = {};
  itself["self"] = [itself];
  const deep = Array.from({ length: 20_000 }).reduce<unknown>(
    (inner) => [inner],
    1,
  );

  test.each([
    ["a Map", { map: new Map() }, "contains a Map"],
    ["a Set in an array", [new Set()], "contains a Set"],
    ["a BigInt", { big: 1n }, "BigInt"],
    ["an object that contains itself", itself, "contains itself"],
    ["very deep nesting", deep, "nested more than 2000 levels"],
    ["bytes", [new Uint8Array(3)], "Uint8Array"],
  ])("%s is refused with the reason", (_, value, reason) => {
    expect(() => write(value)).toThrow(reason);
  });

  test("an object may be there twice, as long as it does not contain itself", () => {
    const twice = { a: 1 };
    expect(write([twice, twice]).text).toBe('[{"a":1},{"a":1}]');
  });
});

test("the length of a text is estimated without looking at more than is needed", () => {
  let lookedAt = 0;
  const items = Array.from({ length: 1000 }, () => ({
    get member() {
      lookedAt += 1;
      return "x".repeat(100);
    },
  }));
  expect(isLongerThan(20_000, items)).toBeTrue();
  expect(lookedAt).toBeLessThan(200);
  expect(isLongerThan(1_000_000, items)).toBeFalse();
  const itself: unknown[] = [];
  itself.push(itself);
  expect(isLongerThan(1000, itself)).toBeTrue();
  expect(estimateLength("abc", 10)).toBe(3);
});
