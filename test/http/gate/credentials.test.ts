import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseBearer, readKey } from "../../../src/http/gate/credentials.ts";

const VISIBLE = fc.stringMatching(/^[\x21-\x7e]{1,80}$/);
const SPACES = fc.nat({ max: 5 }).map((count) => " ".repeat(count));
/** "bearer", with each letter in either case. */
const SCHEME = fc
  .array(fc.boolean(), { minLength: 6, maxLength: 6 })
  .map((isUpper) =>
    Array.from("bearer")
      .map((letter, index) => (isUpper[index] ? letter.toUpperCase() : letter))
      .join(""),
  );

describe("the authorization header", () => {
  test("the key follows its scheme in any case and after any number of spaces", () => {
    fc.assert(
      fc.property(SCHEME, SPACES, VISIBLE, SPACES, (scheme, more, key, end) => {
        expect(parseBearer(`${scheme} ${more}${key}${end}`)).toBe(key);
      }),
    );
  });

  test("a header of another scheme is ignored", () => {
    const other = VISIBLE.filter((scheme) => !/^bearer$/i.test(scheme));
    fc.assert(
      fc.property(other, fc.string(), (scheme, rest) => {
        expect(parseBearer(`${scheme} ${rest}`)).toBeUndefined();
      }),
    );
  });

  test("any header gives a part of itself or nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 9000 }), (header) => {
        const key = parseBearer(header);
        if (key !== undefined) expect(header).toContain(key);
      }),
    );
  });

  test.each([
    ["Bearer", ""],
    ["Bearer ", ""],
    ["bearer a b", "a b"],
    ["Bearerkey", undefined],
    ["", undefined],
    [" Bearer key", undefined],
    ["Basic a2V5", undefined],
  ])("the header %j gives the key %j", (header, key) => {
    expect(parseBearer(header)).toBe(key);
  });
});

test.each<[Record<string, string>, string | undefined]>([
  [{}, undefined],
  [{ authorization: "Bearer one" }, "one"],
  [{ "x-api-key": "one" }, "one"],
  [{ authorization: "Bearer one", "x-api-key": "one" }, "one"],
  [{ authorization: "Basic b25l", "x-api-key": "one" }, "one"],
  [{ authorization: "Basic b25l" }, undefined],
  [{ "x-api-key": "" }, ""],
])("the headers %j carry the key %j", (headers, key) => {
  expect(readKey(new Headers(headers))).toBe(key);
});

test("two different keys are refused and not quoted", () => {
  const headers = new Headers({
    authorization: "Bearer first",
    "x-api-key": "second",
  });
  expect(() => readKey(headers)).toThrow(
    "carry different keys. Send only one of them.",
  );
});
