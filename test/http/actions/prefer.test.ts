import { expect, test } from "bun:test";
import fc from "fast-check";
import { parsePrefer } from "../../../src/http/actions/prefer.ts";
import { letters } from "../../fuzz/words.ts";

test.each([
  ["respond-async", true, undefined],
  ["Respond-Async", true, undefined],
  ["wait=10", false, 10],
  ['WAIT = "10"', false, 10],
  ["respond-async, wait=10", true, 10],
  ["wait=10;a=b; c", false, 10],
  ["wait=1, wait=2", false, 1],
  ['x="a, wait=1", wait=2', false, 2],
  [String.raw`x="a\", wait=1", wait=2`, false, 2],
  ['x="wait=1, wait=2', false, undefined],
  ["wait=99999999999999999999", false, 2 ** 31],
  ["wait=1.5", false, undefined],
  ["wait 1", false, undefined],
  ["", false, undefined],
])(
  "Prefer: %p is read as respond-async %p and wait %p",
  (header, respondAsync, waitSeconds) => {
    expect(parsePrefer(header)).toEqual({ respondAsync, waitSeconds });
  },
);

const token = fc.stringMatching(/^[\w!#$%&'*+.^`|~-]{1,8}$/);
const quoted = fc
  .string({ unit: fc.constantFrom(...letters('a1,;= \t"\\é')) })
  .map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`);
const space = fc.constantFrom("", " ", "\t", "  ");
const seconds = fc.nat({ max: 2 ** 30 });

/** An element of the header, with what it says to this server. */
const other = fc
  .record({ name: token, value: fc.option(fc.oneof(token, quoted)), space })
  .filter(({ name }) => !/^(?:wait|respond-async)$/i.test(name))
  .map(({ name, value, space: around }) => ({
    text: value === null ? name : `${name}${around}=${around}${value}`,
    wait: undefined,
    respondAsync: false,
  }));
const wait = fc.record({ seconds, isQuoted: fc.boolean() }).map((chosen) => ({
  text: chosen.isQuoted ? `Wait="${chosen.seconds}"` : `wait=${chosen.seconds}`,
  wait: chosen.seconds,
  respondAsync: false,
}));
const respondAsync = fc.constant({
  text: "respond-async",
  wait: undefined,
  respondAsync: true,
});
const parameters = fc.array(
  fc
    .tuple(token, fc.oneof(token, quoted))
    .map(([name, value]) => `; ${name}=${value}`),
  { maxLength: 2 },
);

test("any preference that follows the grammar is read", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.oneof(other, wait, respondAsync), parameters, space),
        { maxLength: 6 },
      ),
      (elements) => {
        const header = elements
          .map(
            ([{ text }, after, around]) =>
              `${around}${text}${after.join("")}${around}`,
          )
          .join(",");
        expect(parsePrefer(header)).toEqual({
          respondAsync: elements.some(([element]) => element.respondAsync),
          waitSeconds: elements.find(
            ([element]) => element.wait !== undefined,
          )?.[0].wait,
        });
      },
    ),
    { numRuns: 300 },
  );
});

test("any text is read as preferences or ignored", () => {
  const text = fc.string({
    unit: fc.constantFrom(
      ...letters('wait=1,;"\\ \t'),
      "respond-async",
      "wait=",
      "é",
    ),
  });
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (header) => {
      const { waitSeconds = 0 } = parsePrefer(header);
      expect(Number.isInteger(waitSeconds)).toBe(true);
      expect(waitSeconds).toBeLessThanOrEqual(2 ** 31);
    }),
    { numRuns: 300 },
  );
});
