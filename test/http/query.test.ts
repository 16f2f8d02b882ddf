import { expect, test } from "bun:test";
import fc from "fast-check";
import { ServerError } from "../../src/errors.ts";
import { toInteger, toWaitMs } from "../../src/http/query.ts";
import { letters } from "../fuzz/words.ts";

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...letters("0123456789.+-eExX_ ,\t\n٣")) }),
  fc.nat().map(String),
  fc.double({ noNaN: true }).map(String),
  fc.string({ unit: "binary" }),
);

/** @returns undefined where the answer is `invalid_parameter` */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(ServerError);
    expect((error as ServerError).code).toBe("invalid_parameter");
    return undefined;
  }
}

const isDigits = (part: string) =>
  part !== "" && letters(part).every((letter) => "0123456789".includes(letter));

test("an integer is digits within its range or is refused", () => {
  fc.assert(
    fc.property(text, (sent) => {
      const value = Number(sent);
      const isRight =
        isDigits(sent) && sent.length <= 16 && value >= 1 && value <= 1000;
      expect(
        attempt(() => toInteger("limit", sent, { min: 1, max: 1000 })),
      ).toBe(isRight ? value : undefined);
    }),
    { numRuns: 300 },
  );
});

test("seconds are a decimal number of at least 0 or are refused", () => {
  fc.assert(
    fc.property(text, (sent) => {
      // What JavaScript reads besides: signs, white space, and words such as Infinity and 0x1.
      const isRight =
        letters(sent).every((letter) => "0123456789.eE+-".includes(letter)) &&
        !["", "+", "-"].includes(sent.charAt(0)) &&
        !Number.isNaN(Number(sent));
      expect(attempt(() => toWaitMs(sent, 60_000))).toBe(
        isRight ? Math.min(Number(sent) * 1000, 60_000) : undefined,
      );
    }),
    { numRuns: 300 },
  );
});
