/** Which schemas are compiled only when they are needed: none whose mistake should be said when the actions are loaded. */
import { expect, test } from "bun:test";
import { t } from "../../../src/sdk.ts";
import { alwaysCompiles } from "../../../src/action/schema/always-compiles.ts";
import { compileInput } from "../../../src/action/schema/schema.ts";

test("what most actions have is compiled when it is needed", () => {
  const schema = t.Object({
    name: t.String({ minLength: 1, format: "email" }),
    count: t.Optional(t.Integer({ minimum: 0, default: 1 })),
    kind: t.Union([t.Literal("a"), t.Literal("b")]),
    list: t.Array(t.Object({}, { additionalProperties: false })),
  });
  expect(alwaysCompiles(JSON.parse(JSON.stringify(schema)))).toBe(true);
});

test.each([
  ["a reference to nothing", t.Object({ a: t.Unsafe({ $ref: "#/$defs/No" }) })],
  ["a pattern that is none", t.Object({ a: t.String({ pattern: "(" }) })],
  ["a number in words", t.Number({ minimum: "one" as unknown as number })],
  ["an unknown type", t.Unsafe({ type: "text" })],
])("%s is refused at once", (_, schema) => {
  expect(alwaysCompiles(JSON.parse(JSON.stringify(schema)))).toBe(false);
  expect(() => compileInput(schema)).toThrow();
});
