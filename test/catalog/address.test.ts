import { describe, expect, test } from "bun:test";
import slugify from "@sindresorhus/slugify";
import fc from "fast-check";
import { toAddressWord } from "../../src/catalog/address.ts";

const ADDRESS_WORD = /^[a-z0-9]+(-[a-z0-9]+)*$/;

describe("toAddressWord", () => {
  test.each([
    ["greet", "greet"],
    ["sleepAction", "sleep-action"],
    ["snake_case", "snake-case"],
    ["_private", "private"],
    ["ação", "acao"],
    ["Größe", "groesse"],
    ["parseJSON", "parse-json"],
    ["HTTPServer", "http-server"],
    ["$price", "price"],
    ["step2", "step2"],
    ["two words", "two-words"],
  ])("the name %s becomes the address word %s", (name, word) => {
    expect(toAddressWord(name)).toBe(word);
  });

  test.each(["", "_", "$", "木", "…"])(
    "the name %p is refused because nothing of it is left",
    (name) => {
      expect(() => toAddressWord(name)).toThrow(`"${name}"`);
    },
  );

  test("any name becomes a stable lower-case ASCII word or is refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        const word = tryAddressWord(name);
        if (word === undefined) return;
        expect(word).toMatch(ADDRESS_WORD);
        expect(toAddressWord(word)).toBe(word);
      }),
    );
  });

  test("a plain name becomes what the library makes of it", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z\d_-]{1,12}$/), (name) => {
        expect(tryAddressWord(name) ?? "").toBe(slugify(name));
      }),
    );
  });

  test("a name that is already an address word stays as it is", () => {
    fc.assert(
      fc.property(fc.stringMatching(ADDRESS_WORD), (word) => {
        expect(toAddressWord(word)).toBe(word);
      }),
    );
  });
});

function tryAddressWord(name: string): string | undefined {
  try {
    return toAddressWord(name);
  } catch {
    return undefined;
  }
}
