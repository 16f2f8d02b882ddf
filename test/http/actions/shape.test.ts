import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ServerError } from "../../../src/errors.ts";
import { checkShape } from "../../../src/http/actions/shape.ts";

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function countProperties(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const members = Object.values(value);
  const own = Array.isArray(value) ? 0 : members.length;
  return members.map(countProperties).reduce((a, b) => a + b, own);
}

function isTaken(input: unknown, depth: number, properties: number): boolean {
  try {
    checkShape(input, {
      maxInputDepth: depth,
      maxInputProperties: properties,
    });
    return true;
  } catch (error) {
    expect((error as ServerError).code).toBe("invalid_input");
    return false;
  }
}

test("an input is accepted up to both limits and not beyond", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (input) => {
      const depth = depthOf(input);
      const count = countProperties(input);
      expect(isTaken(input, depth, count)).toBe(true);
      if (depth > 0) expect(isTaken(input, depth - 1, count)).toBe(false);
      if (count > 0) expect(isTaken(input, depth, count - 1)).toBe(false);
    }),
  );
});

test("the refusal names the limit that was exceeded", () => {
  const limit = { maxInputDepth: 2, maxInputProperties: 2 };
  expect(() => {
    checkShape({ a: [[]] }, limit);
  }).toThrow("The input is nested more than 2 levels deep.");
  expect(() => {
    checkShape({ a: 1, b: 2, c: 3 }, limit);
  }).toThrow("The input has more than 2 properties.");
});
