import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ServerError } from "../../../src/errors.ts";
import { leastTime } from "../../least-time.ts";
import { scan } from "../../../src/run/input/scan.ts";

const limit = { maxInputDepth: 5, maxInputValues: 100 };

/** @returns the message of the refusal; undefined when there is none */
function refusal(text: string, limits = limit): string | undefined {
  try {
    scan(Buffer.from(text), limits);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ServerError);
    expect((error as ServerError).code).toBe("invalid_input");
    return (error as ServerError).message;
  }
}

/** Counts what the scan should count, from the parsed value. */
function measure(value: unknown): { depth: number; count: number } {
  if (typeof value !== "object" || value === null)
    return { depth: 0, count: 0 };
  const members = Object.values(value).map(measure);
  return {
    depth: 1 + Math.max(0, ...members.map(({ depth }) => depth)),
    count: members.reduce((sum, { count }) => sum + 1 + count, 0),
  };
}

describe("depth and number of values", () => {
  test("exactly what is nested too deep or has too many values is refused", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 8, noUnicodeString: false }),
        fc.nat({ max: 4 }),
        (value, indent) => {
          const { depth, count } = measure(value);
          const isRight =
            depth <= limit.maxInputDepth && count <= limit.maxInputValues;
          const text = JSON.stringify(value, null, indent);
          expect(refusal(text) === undefined).toBe(isRight);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ["[".repeat(6), "The input is nested more than 5 levels deep."],
    [
      `[${"{},".repeat(100)}{}]`,
      "The input has more than 100 members and items in all its objects and arrays.",
    ],
    [
      `{"${"a".repeat(10_001)}":1}`,
      "The input has a property name of more than 10000 bytes.",
    ],
  ])("the input %# is refused with a sentence", (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  test("what is in a string does not count", () => {
    expect(refusal(JSON.stringify(`[[[[[[[${"{},".repeat(500)}\\"[[[`))).toBe(
      undefined,
    );
  });

  test("ten megabytes of brackets are refused without being looked at to their end", async () => {
    const bytes = Buffer.alloc(10_000_000, "[");
    const refuse = () => {
      expect(() => {
        scan(bytes, { maxInputDepth: 1000, maxInputValues: 100_000 });
      }).toThrow("nested");
    };
    expect(await leastTime(refuse)).toBeLessThan(50);
  });
});

describe("names that collide", () => {
  const many = { maxInputDepth: 5, maxInputValues: 100_000 };
  const [first, last] = [
    "\u0093\u004b\u00b8\u008b",
    "\u00c9\u00ac\u002e\u0096",
  ];
  const collide = (count: number) =>
    Array.from(
      { length: count },
      (_, index) => `${first}${String(index).padStart(8, "0")}${last}`,
    );
  const toText = (names: readonly string[]) =>
    `{${names.map((name) => `${JSON.stringify(name)}:1`).join(",")}}`;

  test("names of which one factor of the hash is nothing are refused", () => {
    expect(refusal(toText(collide(100)), many)).toContain("same hash");
  });

  test("it does not help to write their characters otherwise or to spread them over objects", () => {
    const escaped = collide(100).map(
      (name) => `{"\\u0093${JSON.stringify(name.slice(1)).slice(1)}:1}`,
    );
    expect(refusal(`[${escaped.join(",")}]`, many)).toContain("same hash");
  });

  test("names that share a few bits of the hash are refused, too", () => {
    const names: string[] = [];
    for (let index = 0; names.length < 100; index += 1) {
      const name = `name${index}`;
      if ((Bun.hash.rapidhash(name) & 4095n) === 7n) names.push(name);
    }
    expect(refusal(toText(names), many)).toContain("same hash");
  });

  test.each([
    ["a dictionary of 50,000 words", 50_000, (index: number) => `word${index}`],
    ["5,000 ids", 5000, () => Bun.randomUUIDv7()],
    ["names in Chinese", 3000, (index: number) => `中文${index}`],
    ["numbers", 20_000, String],
  ])("%s are not refused", (_title, count, toName) => {
    const names = Array.from({ length: count }, (_, index) => toName(index));
    expect(refusal(toText(names), many)).toBeUndefined();
  });

  test("one name in many objects counts once", () => {
    const [name = ""] = collide(1);
    const text = `[${Array(1000)
      .fill(toText([name]))
      .join(",")}]`;
    expect(refusal(text, many)).toBeUndefined();
  });
});
