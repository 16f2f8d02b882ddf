/**
 * The cases of the official JSON-Schema-Test-Suite that draft 2020-12 requires, without its optional ones
 * (https://github.com/json-schema-org/JSON-Schema-Test-Suite, commit 44401e0c).
 */
import { describe, expect, test } from "bun:test";
import { toDialect } from "../../../src/action/schema/dialect.ts";
import { Validator } from "../../../src/action/schema/validator.ts";
import suite from "./suite/draft2020-12.json" with { type: "json" };

interface Group {
  readonly description: string;
  readonly schema: unknown;
  readonly tests: readonly {
    readonly description: string;
    readonly data: unknown;
    readonly valid: boolean;
  }[];
}

/** What is meant to be otherwise here, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  format: "Formats are checked; the suite takes them for documentation.",
  refRemote: "Nothing is loaded from elsewhere.",
  vocabulary: "There is one dialect.",
};

/** Groups of schemas that are refused with a sentence when their action is loaded, because ajv would check them wrongly. */
const REFUSED = new Set([
  "unevaluatedItems with nested items",
  "unevaluatedItems with anyOf",
  "unevaluatedItems depends on adjacent contains",
  "unevaluatedItems depends on multiple nested contains",
  "unevaluatedItems and contains interact to control item dependency relationship",
  "unevaluatedItems with minContains = 0",
  "unevaluatedItems can see annotations from if without then and else",
  "unevaluatedItems with if/then/else",
  "refs with relative uris and defs",
  "relative refs with absolute uris and defs",
  "URN ref with nested pointer ref",
]);

/** `true` and `false` cannot be the schema of an action. */
const isUsable = ({ schema }: Group) =>
  typeof schema !== "boolean" &&
  !JSON.stringify(schema).includes("localhost:1234");

const FILES = Object.entries(suite as unknown as Record<string, Group[]>);

function open(schema: unknown): Validator {
  const dialect = toDialect(schema, "output");
  return new Validator(JSON.parse(JSON.stringify(dialect)));
}

describe.each(FILES.filter(([name]) => !(name in OTHERWISE)))(
  "the cases of %s",
  (_, groups) => {
    test.each(
      groups
        .filter(isUsable)
        .map((group) => [group.description, group] as const),
    )("%s", (description, { schema, tests }) => {
      if (
        JSON.stringify(schema).includes('"$dynamicRef"') ||
        REFUSED.has(description)
      ) {
        expect(() => open(schema)).toThrow(/cannot be (?:checked|followed)/);
        return;
      }
      const validator = open(schema);
      const wrong = tests.filter(
        ({ data, valid }) => validator.check(data) !== valid,
      );
      expect(wrong.map((each) => each.description)).toEqual([]);
      for (const { data, valid } of tests)
        if (!valid)
          expect(validator.findErrors(data), description).not.toEqual([]);
    });
  },
);
