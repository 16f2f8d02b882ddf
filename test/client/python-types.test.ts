/** JSON Schemas become the Python types that say the same. */
import { Type as t } from "@sinclair/typebox";
import { describe, expect, test } from "bun:test";
import type { JsonSchema } from "../../src/action/schema/parts.ts";
import { PythonTypeWriter } from "../../src/client/python-types.ts";

const write = (schema: unknown, taken: readonly string[] = []) =>
  new PythonTypeWriter(
    "It",
    JSON.parse(JSON.stringify(schema)) as JsonSchema,
    new Set(taken),
  )
    .write()
    .replaceAll(/\s+/g, " ");

describe.each([
  [t.String(), "str"],
  [t.Integer(), "int"],
  [t.Number(), "float"],
  [t.Literal("a"), 'Literal["a"]'],
  [{ enum: ["a", 2, true, null] }, 'Literal["a", 2, True, None]'],
  [{ const: 1.5 }, "Any"],
  [t.Union([t.String(), t.Null()]), "Union[str, None]"],
  [{ type: ["string", "null"] }, "Union[str, None]"],
  [t.Array(t.Number()), "list[float]"],
  [t.Tuple([t.String(), t.Number()]), "list[Union[str, float]]"],
  [t.Record(t.String(), t.Number()), "dict[str, float]"],
  [{ type: "object" }, "dict[str, Any]"],
  [{ items: { type: "string" } }, "list[str]"],
  [t.Unknown(), "Any"],
])("the schema %j", (schema, type) => {
  test(`is the type ${type}`, () => {
    expect(write(schema)).toBe(`It = ${type}`);
  });
});

test("an object is a dictionary whose members have types", () => {
  const schema = t.Object({
    "a-b": t.String(),
    inner: t.Optional(t.Object({ c: t.Integer() })),
  });
  expect(write(schema)).toBe(
    'ItInner = TypedDict("ItInner", { "c": int, }) It = TypedDict("It", { "a-b": str, "inner": NotRequired[ItInner], })',
  );
});

test("a schema that refers to itself is a type that does so", () => {
  const tree = t.Recursive((self) => t.Object({ children: t.Array(self) }), {
    $id: "tree",
  });
  expect(write(tree)).toBe('It = TypedDict("It", { "children": list["It"], })');
  expect(write(t.Object({ root: tree }))).toBe(
    'ItRoot = TypedDict("ItRoot", { "children": list["ItRoot"], }) It = TypedDict("It", { "root": ItRoot, })',
  );
});

test("what a schema refers to is a type of its own", () => {
  const schema = {
    $defs: { place: { type: "object", properties: { x: { type: "number" } } } },
    type: "object",
    properties: {
      from: { $ref: "#/$defs/place" },
      to: { $ref: "#/$defs/place" },
      lost: { $ref: "https://example.com/elsewhere" },
    },
    required: ["from", "to", "lost"],
  };
  expect(write(schema)).toBe(
    'ItPlace = TypedDict("ItPlace", { "x": NotRequired[float], }) It = TypedDict("It", { "from": ItPlace, "to": "ItPlace", "lost": Any, })',
  );
});

test("a name that is taken gets a number", () => {
  const schema = t.Object({ inner: t.Object({ c: t.Integer() }) });
  expect(write(schema, ["ItInner"])).toContain("ItInner2");
});

test("a list that refers to itself holds anything", () => {
  const schema = {
    $defs: { list: { type: "array", items: { $ref: "#/$defs/list" } } },
    $ref: "#/$defs/list",
  };
  expect(write(schema)).toBe("It = list[Any]");
});
