/** From JSON Schema to fields: which one, and what it begins with. */
import { expect, test } from "bun:test";
import { initialValue } from "../../src/console/form/initial.ts";
import { kindOf, resolve, type Schema } from "../../src/console/form/schema.ts";
import { findVariant, nameVariants } from "../../src/console/form/variant.ts";

const KINDS: [schema: Schema, kind: string][] = [
  [{ type: "string" }, "text"],
  [{ type: "string", contentEncoding: "base64" }, "file"],
  [{ type: "integer" }, "number"],
  [{ type: "boolean" }, "boolean"],
  [{ type: "null" }, "null"],
  [{ const: "a" }, "const"],
  [{ enum: ["a", 1] }, "choice"],
  [{ anyOf: [{ const: "a" }, { const: "b" }] }, "choice"],
  [{ anyOf: [{ type: "string" }, { type: "null" }] }, "union"],
  [{ oneOf: [{ type: "string" }, { type: "number" }] }, "union"],
  [{ type: ["string", "null"] }, "union"],
  [{ type: ["string"] }, "text"],
  [{ type: "array", items: { type: "string" } }, "list"],
  [{ type: "array", prefixItems: [{ type: "string" }] }, "tuple"],
  [{ type: "array", items: [{ type: "string" }] }, "tuple"],
  [{ type: "object", properties: {} }, "object"],
  [{ properties: { a: {} } }, "object"],
  [{ type: "object", patternProperties: { "^.*$": {} } }, "record"],
  [{ type: "object", additionalProperties: { type: "number" } }, "record"],
  [{}, "any"],
];

test.each(KINDS)("the field of %j is of the kind %s", (schema, kind) => {
  expect(kindOf(schema)).toBe(kind as never);
});

test("a reference is followed, to a definition, to a name, and to the whole", () => {
  const root: Schema = {
    $id: "tree",
    $defs: { "a/b": { type: "string" } },
    properties: { child: { $ref: "tree" } },
  };
  expect(
    resolve({ $ref: "#/$defs/a~1b", description: "Mine" }, root),
  ).toMatchObject({ type: "string", description: "Mine" });
  expect(resolve({ $ref: "tree" }, root)).toMatchObject({ $id: "tree" });
  expect(resolve({ $ref: "#" }, root)).toMatchObject({ $id: "tree" });
  expect(resolve({ $ref: "#/nowhere", title: "Lost" }, root)).toEqual({
    title: "Lost",
  });
});

test("the parts of an intersection become one object", () => {
  const part = (name: string): Schema => ({
    type: "object",
    properties: { [name]: { type: "string" } },
    required: [name],
  });
  expect(resolve({ allOf: [part("a"), part("b")] }, {})).toEqual({
    type: "object",
    properties: { a: { type: "string" }, b: { type: "string" } },
    required: ["a", "b"],
  });
});

test("a form begins with defaults and the shape of what is required, and makes nothing up", () => {
  const schema: Schema = {
    type: "object",
    required: ["name", "urgent", "address", "lines", "kind", "choice"],
    properties: {
      name: { type: "string" },
      count: { type: "integer", default: 3 },
      note: { type: "string" },
      urgent: { type: "boolean" },
      address: {
        type: "object",
        required: ["zip"],
        properties: {
          zip: { type: "string", default: "1010" },
          street: { type: "string" },
        },
      },
      lines: { type: "array", items: { type: "boolean" }, minItems: 2 },
      kind: { const: "order" },
      choice: { enum: ["a", "b"] },
    },
  };
  expect(initialValue(schema, schema)).toEqual({
    count: 3,
    urgent: false,
    address: { zip: "1010" },
    lines: [false, false],
    kind: "order",
  });
});

test("what a form begins with can be changed without changing the schema", () => {
  const schema: Schema = { type: "array", default: [{ a: 1 }] };
  const value = initialValue(schema, schema) as { a: number }[];
  (value[0] as { a: number }).a = 2;
  expect(schema.default).toEqual([{ a: 1 }]);
});

const VARIANTS: Schema[] = [
  {
    type: "object",
    required: ["kind"],
    properties: { kind: { const: "mail" }, address: { type: "string" } },
  },
  {
    type: "object",
    required: ["kind"],
    properties: { kind: { const: "phone" }, number: { type: "string" } },
  },
  { type: "string" },
  { type: "string", format: "date" },
  { type: "null" },
];

test("variants have different names: their titles, what is fixed in them, or their types", () => {
  expect(nameVariants([...VARIANTS, { title: "Own" }], {})).toEqual([
    "mail",
    "phone",
    "Text 1",
    "Text 2",
    "Nothing (null)",
    "Own",
  ]);
});

test.each([
  [{ kind: "mail" }, 0],
  [{ kind: "phone", number: "1" }, 1],
  ["text", 2],
  [null, 4],
  [undefined, 0],
  [12, 0],
])("the value %j is meant to match variant %i", (value, index) => {
  expect(findVariant(value, VARIANTS, {})).toBe(index);
});
