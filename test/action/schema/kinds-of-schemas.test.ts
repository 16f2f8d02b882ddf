/** Schemas of any kind: made with `t`, written as JSON Schema, or of zod, valibot and arktype. */
import { describe, expect, expectTypeOf, test } from "bun:test";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { action, t } from "../../../src/sdk.ts";
import {
  compileInput,
  compileOutput,
  toInputSchema,
  toJsonSchema,
} from "../../../src/action/schema/schema.ts";

interface Person {
  name: string;
  age: number;
  nick?: string | undefined;
}

const run = ({ name, age }: Person) => `${name} is ${age}`;
const PEOPLE = {
  t: action({
    input: t.Object({
      name: t.String(),
      age: t.Integer({ default: 30 }),
      nick: t.Optional(t.String()),
    }),
    run,
  }),
  "JSON Schema": action({
    input: {
      type: "object",
      properties: {
        name: { type: "string" },
        age: { type: "integer", default: 30 },
        nick: { type: "string" },
      },
      required: ["name", "age"],
    },
    run: ({ name, age, nick }) => {
      expectTypeOf(name).toEqualTypeOf<string>();
      expectTypeOf(age).toEqualTypeOf<number>();
      expectTypeOf(nick).toEqualTypeOf<string | undefined>();
      return run({ name, age });
    },
  }),
  zod: action({
    input: z.object({
      name: z.string(),
      age: z.int().default(30),
      nick: z.string().optional(),
    }),
    run: (person) => {
      expectTypeOf(person.age).toEqualTypeOf<number>();
      return run(person);
    },
  }),
  valibot: action({
    input: toStandardJsonSchema(
      v.object({
        name: v.string(),
        age: v.optional(v.pipe(v.number(), v.integer()), 30),
        nick: v.optional(v.string()),
      }),
    ),
    run: (person) => {
      expectTypeOf(person.age).toEqualTypeOf<number>();
      return run(person);
    },
  }),
  arktype: action({
    input: type({
      name: "string",
      age: "number.integer = 30",
      "nick?": "string",
    }),
    run: (person) => {
      expectTypeOf(person.age).toEqualTypeOf<number>();
      return run(person);
    },
  }),
};

describe.each(Object.entries(PEOPLE))(
  "an input described with %s",
  (kind, made) => {
    const check = compileInput(made.input);
    const call = (value: unknown) =>
      (made as { run: (...args: unknown[]) => unknown }).run(value, undefined);

    test("is filled with its defaults and reaches the code", async () => {
      const checked = check({ name: "Ada" });
      // The JSON Schema of arktype does not say its defaults: it fills them in itself.
      const isFilled = kind !== "arktype";
      expect(checked).toEqual({
        ok: true,
        value: { name: "Ada", ...(isFilled ? { age: 30 } : {}) },
      });
      expect(await call(checked.ok && checked.value)).toBe("Ada is 30");
    });

    test.each([
      [{}, "/name", "is required"],
      [{ name: 7 }, "/name", "must be a string, not 7"],
      [{ name: "Ada", age: "1" }, "/age", 'must be an integer, not "1"'],
    ])("%j is refused at %s because it %s", (value, path, message) => {
      expect(check(value)).toEqual({ ok: false, errors: [{ path, message }] });
    });

    test("has the same document", () => {
      const { properties, ...schema } = toInputSchema(made.input);
      expect(schema).toMatchObject({ type: "object", required: ["name"] });
      expect(properties).toMatchObject({
        name: { type: "string" },
        age: {
          type: "integer",
          ...(kind === "arktype" ? {} : { default: 30 }),
        },
        nick: { type: "string" },
      });
    });
  },
);

test("the code gets what a schema of another library makes of the input, and the stored input stays as it was sent", async () => {
  const made = action({
    input: z.object({
      at: z.iso.datetime().transform((text) => new Date(text)),
    }),
    run: ({ at }) => {
      expectTypeOf(at).toEqualTypeOf<Date>();
      return at.getTime();
    },
  });
  const checked = compileInput(made.input)({ at: "2026-11-24T00:00:00Z" });
  expect(checked).toEqual({ ok: true, value: { at: "2026-11-24T00:00:00Z" } });
  const call = made as unknown as { run: (value: unknown) => unknown };
  expect(call.run(checked.ok && checked.value)).toBe(Date.UTC(2026, 10, 24));
});

test("what a library refuses besides its JSON Schema is refused at its place", () => {
  const schema = z.object({
    from: z.object({ day: z.int().refine((day) => day !== 13, "is unlucky") }),
  });
  expect(compileInput(schema)({ from: { day: 13 } })).toEqual({
    ok: false,
    errors: [{ path: "/from/day", message: "is unlucky" }],
  });
  expect(compileOutput(schema)({ from: { day: 13 } })).toEqual([
    { path: "/from/day", message: "is unlucky" },
  ]);
});

test("the result has the type that its schema says", () => {
  action({ output: z.object({ a: z.string() }), run: () => ({ a: "x" }) });
  action({ output: type({ a: "string" }), run: () => ({ a: "x" }) });
  action({ output: { type: "string" }, run: () => "x" });
  // @ts-expect-error -- it is not a string
  action({ output: { type: "string" }, run: () => 7 });
  // @ts-expect-error -- it has no member `a`
  action({ output: z.object({ a: z.string() }), run: () => ({}) });
});

test.each([
  ["a schema of valibot alone", v.object({}), "toStandardJsonSchema()"],
  ["a date of zod", z.object({ at: z.date() }), "Date cannot be represented"],
  [
    "a date of t",
    t.Object({ at: t.Date() }),
    't.String({ format: "date-time" })',
  ],
  [
    "a large integer",
    t.Object({ n: t.BigInt() }),
    "t.BigInt() describes something that is not JSON",
  ],
  [
    "an object with schemas",
    { name: t.String() },
    '"input" to be an object schema',
  ],
  [
    "a type that is misspelt",
    { type: "objekt" },
    '"input" to be an object schema',
  ],
])("%s is refused as an input with a sentence", (_, input, message) => {
  expect(() => action({ input: input as never, run: () => null })).toThrow(
    message,
  );
});

test.each([
  [
    { type: "object", properties: { a: { type: "strin" } } },
    "/properties/a/type",
  ],
  [{ type: "object", required: "a" }, "/required"],
  [
    { type: "object", properties: { a: { $ref: "#/$defs/missing" } } },
    "missing",
  ],
  [
    { type: "object", properties: { a: { $ref: "https://example.com/a" } } },
    "https://example.com/a",
  ],
  [
    { type: "object", properties: { a: { type: "string", pattern: "(" } } },
    "regular expression",
  ],
  [{ type: "object", properties: { a: { $dynamicRef: "#a" } } }, "$dynamicRef"],
])(
  "the malformed schema %j is refused when it is compiled",
  (schema, message) => {
    expect(() => compileInput(schema)).toThrow(message);
  },
);

test("a result may be a Date, nothing, or what may be undefined: JSON makes text or null of it", () => {
  expect(toJsonSchema(t.Object({ at: t.Date() }))).toMatchObject({
    properties: { at: { type: "string", format: "date-time" } },
  });
  expect(toJsonSchema(t.Void())).toEqual({ type: "null" });
  expect(compileOutput(t.Void())(undefined)).toEqual([]);
});
