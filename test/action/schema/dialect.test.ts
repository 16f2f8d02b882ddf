/** One dialect, JSON Schema 2020-12, whatever wrote the schema. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  compileInput,
  compileOutput,
  toJsonSchema,
} from "../../../src/action/schema/schema.ts";
import { t } from "../../../src/sdk.ts";

describe("the schema that is shown", () => {
  test.each([
    [
      "a tuple",
      t.Tuple([t.Number(), t.String()]),
      {
        type: "array",
        prefixItems: [{ type: "number" }, { type: "string" }],
        minItems: 2,
        maxItems: 2,
      },
    ],
    [
      "a record",
      t.Record(t.String(), t.Number()),
      { type: "object", additionalProperties: { type: "number" } },
    ],
    [
      "a union of literals",
      t.Union([t.Literal("a"), t.Literal("b")], { default: "a" }),
      { type: "string", enum: ["a", "b"], default: "a" },
    ],
    ["an enum", t.Enum({ Low: 1, High: 2 }), { type: "number", enum: [1, 2] }],
    [
      "literals or null",
      t.Union([t.Literal("a"), t.Null(), t.Literal("b")]),
      { anyOf: [{ type: "string", enum: ["a", "b"] }, { type: "null" }] },
    ],
    ["an integer", t.Integer({ minimum: 0 }), { type: "integer", minimum: 0 }],
    ["a pattern", t.RegExp(/^a+$/u), { type: "string", pattern: "^a+$" }],
    [
      "a schema that contains itself",
      t.Recursive((This) => t.Object({ child: t.Optional(This) })),
      { type: "object", properties: { child: { $ref: "#" } } },
    ],
    [
      "one that contains such a schema",
      t.Array(t.Recursive((This) => t.Object({ child: t.Optional(This) }))),
      {
        type: "array",
        items: { $ref: "#/$defs/Node" },
        $defs: {
          Node: {
            type: "object",
            properties: { child: { $ref: "#/$defs/Node" } },
          },
        },
      },
    ],
    [
      "an older tuple",
      { type: "array", items: [{ type: "string" }], additionalItems: false },
      { type: "array", prefixItems: [{ type: "string" }], items: false },
    ],
    [
      "the dialect itself",
      {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "string",
      },
      {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "string",
      },
    ],
    [
      "the name of an older dialect",
      {
        $schema: "http://json-schema.org/draft-07/schema#",
        type: "object",
        properties: { name: { $schema: "odd", type: "string" } },
      },
      {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        properties: { name: { type: "string" } },
      },
    ],
  ])("%s is written as its readers expect", (_, schema, shown) => {
    expect(toJsonSchema(schema)).toEqual(shown);
  });
});

describe("what is checked", () => {
  test.each<[string, object, unknown[], unknown[]]>([
    [
      "multiples of 0.01",
      t.Number({ multipleOf: 0.01 }),
      [1, 2.5, 19.99, 100, 0.05, 22455939, 0, -19.99, 1e21],
      [0.001, 19.999, 19.990001, 1e-7],
    ],
    ["multiples of 0.1", t.Number({ multipleOf: 0.1 }), [0.3, 1.1, 7], [0.35]],
    [
      "multiples of a small number",
      t.Number({ multipleOf: 1e-8 }),
      [12391239123, 0.00000001],
      [1e-9],
    ],
    [
      "lengths in characters",
      t.String({ minLength: 2, maxLength: 2 }),
      ["😀😀", "ab", "é1"],
      ["😀", "😀😀😀", "a"],
    ],
    [
      "patterns with u",
      t.String({ pattern: "^\\p{L}+$" }),
      ["Anna", "Ünal"],
      ["p{L}", "1"],
    ],
    [
      "characters of patterns",
      t.String({ pattern: "^.{2}$" }),
      ["😀😀"],
      ["😀"],
    ],
    [
      "tuples",
      t.Tuple([t.Number(), t.String()]),
      [[1, "a"]],
      [[1], [1, "a", 2], ["a", 1]],
    ],
    [
      "unique items",
      t.Array(t.Number(), { uniqueItems: true }),
      [[0, 1]],
      [
        [1, 1],
        [0, -0],
      ],
    ],
    [
      "times as RFC 3339 writes them",
      t.String({ format: "date-time" }),
      ["2026-11-24T10:00:00Z", "2026-11-24t10:00:00.5+01:00"],
      [
        "2026-11-24 10:00:00Z",
        "2026-11-24T10:00:00+0100",
        "2026-02-30T00:00:00Z",
      ],
    ],
    [
      "uuids without a prefix",
      t.String({ format: "uuid" }),
      ["0199a2b4-0000-7000-8000-000000000000"],
      ["urn:uuid:0199a2b4-0000-7000-8000-000000000000"],
    ],
    [
      "what t.Unsafe says",
      t.Unsafe<string>({ type: "string", enum: ["a"] }),
      ["a"],
      ["b", 1],
    ],
  ])("%s are right", (_, schema, right, wrong) => {
    const check = compileOutput(schema);
    expect(right.filter((value) => check(value).length > 0)).toEqual([]);
    expect(wrong.filter((value) => check(value).length === 0)).toEqual([]);
  });

  test("every amount of cents is a multiple of 0.01, and nothing between two is", () => {
    const check = compileOutput(t.Number({ multipleOf: 0.01 }));
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (cents) => {
        expect(check(cents / 100)).toEqual([]);
        expect(check(Number(`${cents}e-2`) + 0.004)).not.toEqual([]);
      }),
    );
  });

  test("members that every object inherits are none", () => {
    const check = compileInput(t.Object({ constructor: t.String() }));
    expect(check({})).toEqual({
      ok: false,
      errors: [{ path: "/constructor", message: "is required" }],
    });
  });
});

describe("what is said of a wrong value", () => {
  test.each<[object, unknown, string, string]>([
    [
      t.Union([t.Literal("red"), t.Literal("blue")]),
      "green",
      "",
      'must be "red" or "blue", not "green"',
    ],
    [t.Union([t.String(), t.Null()]), 7, "", "must be a string or null, not 7"],
    [
      t.Array(t.Number(), { maxItems: 1 }),
      [1, 2],
      "",
      "must have at most 1 item, not 2",
    ],
    [
      t.String({ maxLength: 1 }),
      "ab",
      "",
      'must have at most 1 character, not "ab"',
    ],
    [t.Number({ exclusiveMinimum: 0 }), 0, "", "must be above 0, not 0"],
    [
      t.Integer(),
      "x".repeat(100),
      "",
      `must be an integer, not "${"x".repeat(60)}…"`,
    ],
    [
      t.Object({ a: t.Object({}) }),
      { a: [] },
      "/a",
      "must be an object, not an array",
    ],
    [
      t.Union([
        t.Object({ kind: t.Literal("a"), n: t.Number() }),
        t.Object({ kind: t.Literal("b"), s: t.String() }),
      ]),
      { kind: "b", s: 1 },
      "/s",
      "must be a string, not 1",
    ],
  ])("%j says of %j at %p: %s", (schema, value, path, message) => {
    expect(compileOutput(schema)(value)).toEqual([{ path, message }]);
  });

  test("a union that contains itself is checked in time that grows with the input alone", () => {
    const Part = t.Recursive((This) =>
      t.Union([
        t.Object({
          child: t.Optional(This),
          kind: t.Literal("a"),
          n: t.Integer({ default: 1 }),
        }),
        t.Object({ child: t.Optional(This), kind: t.Literal("b") }),
      ]),
    );
    const depth = 60;
    const sent =
      '{"kind":"b","child":'.repeat(depth) + '{"kind":"c"}' + "}".repeat(depth);
    expect(
      compileInput(t.Object({ part: Part }))({ part: JSON.parse(sent) }).ok,
    ).toBeFalse();
  });

  test("of a large value one error is said", () => {
    const errors = compileOutput(t.Array(t.String()))(Array(100_000).fill(7));
    expect(errors).toEqual([
      { path: "/0", message: "must be a string, not 7" },
    ]);
  });
});
