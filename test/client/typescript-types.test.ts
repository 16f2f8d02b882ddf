/** JSON Schemas become the TypeScript types that say the same. */
import { Type as t } from "@sinclair/typebox";
import { describe, expect, test } from "bun:test";
import type { JsonSchema } from "../../src/action/schema/parts.ts";
import { TypeWriter } from "../../src/client/typescript-types.ts";

const write = (schema: unknown) =>
  new TypeWriter("It", JSON.parse(JSON.stringify(schema)) as JsonSchema)
    .write()
    .replaceAll(/\s+/g, " ");

describe.each([
  [t.String(), "string"],
  [t.Integer(), "number"],
  [t.Null(), "null"],
  [t.Literal("a"), '"a"'],
  [t.Union([t.Literal("a"), t.Literal(2)]), '("a" | 2)'],
  [t.Union([t.String(), t.Null()]), "(string | null)"],
  [{ enum: ["a", null] }, '("a" | null)'],
  [{ type: ["string", "null"] }, "(string | null)"],
  [t.Array(t.Number()), "Array<number>"],
  [t.Tuple([t.String(), t.Number()]), "[string, number]"],
  [{ prefixItems: [{ type: "string" }] }, "[string]"],
  [t.Record(t.String(), t.Number()), "{ [member: string]: number }"],
  [t.Unknown(), "unknown"],
  [{}, "unknown"],
  [{ type: "object" }, "{ [member: string]: unknown }"],
  [
    t.Object({ a: t.String(), "b-c": t.Optional(t.Number()) }),
    '{ a: string; "b-c"?: number; }',
  ],
  [
    t.Intersect([t.Object({ a: t.String() }), t.Object({ b: t.String() })]),
    "({ a: string; }) & ({ b: string; })",
  ],
  [
    t.Object({ a: t.String({ description: "The first" }) }),
    "{ /** The first */ a: string; }",
  ],
])("the schema %j", (schema, type) => {
  test(`is the type ${type}`, () => {
    expect(write(schema)).toBe(`export type It = ${type};`);
  });
});

test("a schema that refers to itself is a type that does so", () => {
  const tree = t.Recursive((self) => t.Object({ children: t.Array(self) }), {
    $id: "tree",
  });
  expect(write(tree)).toBe("export type It = { children: Array<It>; };");
  expect(write(t.Object({ root: tree }))).toBe(
    "export type It = { root: ItTree; }; export type ItTree = { children: Array<ItTree>; };",
  );
});

test("what a schema refers to is a type of its own", () => {
  const schema = {
    $defs: { name: { type: "string" } },
    type: "object",
    properties: { first: { $ref: "#/$defs/name" } },
    required: ["first"],
  };
  expect(write(schema)).toBe(
    "export type It = { first: ItName; }; export type ItName = string;",
  );
});
