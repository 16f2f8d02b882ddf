import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  toByteCount,
  toDuration,
  toInteger,
  toSeconds,
  UnitError,
} from "../src/units.ts";
import { letters } from "./fuzz/words.ts";

test.each([
  ["0s", 0],
  ["250ms", 250],
  ["1.5s", 1500],
  ["2h", 7_200_000],
  ["1w", 604_800_000],
])("the duration %p is %p ms", (text, ms) => {
  expect(toDuration(text)).toBe(ms);
});

test.each(["", "10", "s", "-1s", "1 s", "1e3s", "infs", "1s2s", "1y"])(
  "the text %p is refused as a duration",
  (text) => {
    expect(() => toDuration(text)).toThrow(UnitError);
  },
);

test("a duration beyond the limit is refused and the limit is named", () => {
  expect(() => toDuration("2m", 60_000)).toThrow(
    "It must be at most 1 minute.",
  );
});

test("a bare number of seconds is a duration if that is allowed", () => {
  expect(toSeconds("0.5", 1000)).toBe(500);
  expect(toSeconds("1s", 1000)).toBe(1000);
  expect(() => toSeconds("2", 1000)).toThrow(UnitError);
  expect(() => toSeconds("abc", 1000)).toThrow("a number of seconds such as");
});

test.each([
  ["1", 1],
  ["10MB", 10_485_760],
  ["1.5kb", 1536],
])("the size %p is %p bytes", (text, count) => {
  expect(toByteCount(text)).toBe(count);
});

const UNITS = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SIZES = { "": 1, b: 1, kb: 1024, MB: 1024 ** 2, gb: 1024 ** 3 };
const number = fc.oneof(
  fc.nat({ max: 1_000_000 }).map(String),
  fc
    .tuple(fc.nat({ max: 10_000 }), fc.nat({ max: 999 }))
    .map((parts) => parts.join(".")),
);

test("a duration is its number times its unit", () => {
  fc.assert(
    fc.property(
      number,
      fc.constantFrom(...Object.entries(UNITS)),
      (count, [unit, ms]) => {
        expect(toDuration(`${count}${unit}`)).toBe(
          Math.round(Number(count) * ms),
        );
      },
    ),
  );
});

test("a size is its number times its unit in whole bytes", () => {
  fc.assert(
    fc.property(
      number,
      fc.constantFrom(...Object.entries(SIZES)),
      (count, [unit, bytes]) => {
        const expected = Math.floor(Number(count) * bytes);
        fc.pre(expected >= 1);
        expect(toByteCount(`${count}${unit}`)).toBe(expected);
      },
    ),
  );
});

test("any text gives either a value or a UnitError", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({
      unit: fc.constantFrom(
        ...letters("0123456789."),
        "ms",
        "s",
        "KB",
        "GB",
        "-",
        "e",
      ),
    }),
    fc
      .tuple(fc.nat({ max: 400 }), fc.constantFrom("s", "ms", "KB", ""))
      .map(([length, unit]) => `${"0".repeat(length)}1${unit}`),
    fc
      .tuple(fc.nat({ max: 400 }), fc.constantFrom("s", "w", "GB", ""))
      .map(([length, unit]) => `${"9".repeat(length)}${unit}`),
  );
  fc.assert(
    fc.property(text, (sent) => {
      const parsers = [
        () => toDuration(sent),
        () => toSeconds(sent, 1000),
        () => toByteCount(sent),
        () => toInteger(sent, 0, 100),
      ];
      for (const parse of parsers)
        try {
          expect(parse()).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UnitError);
        }
    }),
    { numRuns: 300 },
  );
});
