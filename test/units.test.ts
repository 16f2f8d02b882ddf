import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  toByteCount,
  toDuration,
  toInteger,
  toSeconds,
  UnitError,
} from "../src/units.ts";

test.each([
  ["0s", 0],
  ["250ms", 250],
  ["1.5s", 1500],
  ["2h", 7_200_000],
  ["1w", 604_800_000],
])("%p is %p ms", (text, ms) => {
  expect(toDuration(text)).toBe(ms);
});

test.each(["", "10", "s", "-1s", "1 s", "1e3s", "infs", "1s2s", "1y"])(
  "%p is no duration",
  (text) => {
    expect(() => toDuration(text)).toThrow(UnitError);
  },
);

test("a duration beyond the limit is refused, with the limit", () => {
  expect(() => toDuration("2m", 60_000)).toThrow(
    "It may be 1 minute at the most.",
  );
});

test("a bare number of seconds is one where that is the habit", () => {
  expect(toSeconds("0.5", 1000)).toBe(500);
  expect(toSeconds("1s", 1000)).toBe(1000);
  expect(() => toSeconds("2", 1000)).toThrow(UnitError);
});

test.each([
  ["1", 1],
  ["10MB", 10_485_760],
  ["1.5kb", 1536],
])("%p is %p bytes", (text, count) => {
  expect(toByteCount(text)).toBe(count);
});

test("nothing but a value or a UnitError comes out", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsers = [
        () => toDuration(text),
        () => toSeconds(text, 1000),
        () => toByteCount(text),
        () => toInteger(text, 0, 100),
      ];
      for (const parse of parsers)
        try {
          expect(parse()).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UnitError);
        }
    }),
  );
});
