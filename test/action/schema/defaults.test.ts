import { describe, expect, test } from "bun:test";
import type { TSchema } from "@sinclair/typebox";
import { compileInput } from "../../../src/action/schema/schema.ts";
import { t } from "../../../src/sdk.ts";

const COUNT = t.Integer({ default: 1 });
const Counted = t.Object({ count: COUNT });
const Tree = t.Recursive((This) =>
  t.Object({ count: COUNT, child: t.Optional(This) }),
);
const Shape = t.Union([
  t.Object({ kind: t.Literal("circle"), radius: t.Number({ default: 1 }) }),
  t.Object({ kind: t.Literal("square"), side: t.Number({ default: 2 }) }),
]);

describe("where defaults are filled in", () => {
  test.each<[string, TSchema, string, unknown]>([
    ["at the top", Counted, "{}", { count: 1 }],
    [
      "in an object that has a default itself",
      t.Object({ inner: t.Object({ count: COUNT }, { default: {} }) }),
      "{}",
      { inner: { count: 1 } },
    ],
    [
      "in each item of a list",
      t.Object({ list: t.Array(Counted) }),
      '{"list":[{},{"count":7}]}',
      { list: [{ count: 1 }, { count: 7 }] },
    ],
    [
      "in a tuple",
      t.Object({ pair: t.Tuple([t.String(), Counted]) }),
      '{"pair":["a",{}]}',
      { pair: ["a", { count: 1 }] },
    ],
    [
      "in each value of a record",
      t.Record(t.String(), Counted),
      '{"a":{},"b":{}}',
      { a: { count: 1 }, b: { count: 1 } },
    ],
    [
      "in additional properties, not in known ones",
      t.Object({ known: t.Object({}) }, { additionalProperties: Counted }),
      '{"known":{},"other":{}}',
      { known: {}, other: { count: 1 } },
    ],
    [
      "in every part of an intersection",
      t.Intersect([t.Object({ name: t.String() }), Counted]),
      '{"name":"Ada"}',
      { name: "Ada", count: 1 },
    ],
    [
      "in the variant of a union that fits",
      t.Object({ shape: Shape }),
      '{"shape":{"kind":"square"}}',
      { shape: { kind: "square", side: 2 } },
    ],
    [
      "in a schema that holds itself",
      t.Object({ tree: Tree }),
      '{"tree":{"child":{"child":{}}}}',
      { tree: { count: 1, child: { count: 1, child: { count: 1 } } } },
    ],
    [
      "in a module",
      t.Module({ Part: Counted, All: t.Array(t.Ref("Part")) }).Import("All"),
      "[{}]",
      [{ count: 1 }],
    ],
    [
      "made by a function",
      t.Object({ count: t.Integer({ default: () => 3 }) }),
      "{}",
      { count: 3 },
    ],
  ])("a default is filled in %s", (_where, schema, sent, filled) => {
    const checked = compileInput(schema)(JSON.parse(sent));
    expect(checked).toEqual({ ok: true, value: filled });
  });
});

describe("where defaults are not filled in", () => {
  test.each([
    ['{"count":null}', { count: null }],
    ['{"count":0}', { count: 0 }],
    ['{"count":""}', { count: "" }],
  ])("a default does not replace what was sent in %s", (sent, value) => {
    const schema = t.Object({ count: t.Any({ default: 1 }) });
    expect(compileInput(schema)(JSON.parse(sent))).toEqual({ ok: true, value });
  });

  test("the default of an object does not add properties to one that was sent", () => {
    const schema = t.Object({ inner: t.Object({}, { default: { a: 1 } }) });
    expect(compileInput(schema)({ inner: { b: 2 } })).toEqual({
      ok: true,
      value: { inner: { b: 2 } },
    });
  });

  test("no default is filled in when no variant of a union fits", () => {
    const check = compileInput(t.Object({ shape: Shape }));
    expect(check({ shape: { kind: "line" } })).toMatchObject({ ok: false });
  });
});

test("a property with a name that every object inherits gets its default like any other", () => {
  const check = compileInput(
    t.Object({ constructor: t.String({ default: "none" }) }),
  );
  expect(check({})).toEqual({ ok: true, value: { constructor: "none" } });
});

test("filling in the defaults of a deep input takes time in proportion to its length", () => {
  // With 2^depth steps this would take longer than a test may.
  const depth = 24;
  const sent = '{"child":'.repeat(depth) + "{}" + "}".repeat(depth);
  const checked = compileInput(t.Object({ tree: Tree }))({
    tree: JSON.parse(sent),
  });
  const filled = JSON.stringify(checked.ok && checked.value);
  expect(filled.match(/"count":1/g)).toBeArrayOfSize(depth + 1);
});

test.each([
  ["a union", t.Union([t.Object({ a: t.String(), count: COUNT }), Counted])],
  ["an intersection", t.Intersect([t.Object({ a: t.String() }), Counted])],
  ["an object", t.Object({ a: t.String(), count: COUNT })],
])(
  "a __proto__ member does not supply the properties of %s",
  (_what, schema) => {
    const sent: unknown = JSON.parse(
      '{"__proto__":{"a":"smuggled","admin":1}}',
    );
    const check = compileInput(t.Object({ inner: schema }));
    const checked = check({ inner: sent }) as {
      value?: { inner: Record<string, unknown> };
    };
    const inner = checked.value?.inner ?? {};
    expect(inner["a"]).toBeUndefined();
    expect(inner["admin"]).toBeUndefined();
    expect(Object.getPrototypeOf(inner)).toBe(Object.prototype);
  },
);
