import { describe, expect, test } from "bun:test";
import {
  compileInput,
  compileOutput,
  toInputSchema,
  toJsonSchema,
} from "../../../src/action/schema/schema.ts";
import { t } from "../../../src/sdk.ts";

const person = t.Object({
  name: t.String(),
  age: t.Integer({ default: 30 }),
  email: t.Optional(t.String({ format: "email" })),
});

describe("inputs", () => {
  test("a valid input passes with its defaults filled in and its unknown properties kept", () => {
    const value = { name: "Ada", extra: [1] };
    expect(compileInput(person)(value)).toEqual({
      ok: true,
      value: { name: "Ada", age: 30, extra: [1] },
    });
  });

  test("an input gets the defaults of the objects inside it", () => {
    const check = compileInput(
      t.Object({ inner: t.Object({ count: t.Integer({ default: 3 }) }) }),
    );
    expect(check({ inner: {} })).toEqual({
      ok: true,
      value: { inner: { count: 3 } },
    });
  });

  test("every input gets its own copy of a default", () => {
    const check = compileInput(
      t.Object({ tags: t.Array(t.String(), { default: [] }) }),
    );
    const [first, second] = [check({}), check({})] as {
      value: { tags: string[] };
    }[];
    first?.value.tags.push("mine");
    expect(second?.value.tags).toEqual([]);
  });

  test.each([
    [{}, "/name", "is required"],
    [{ name: 7 }, "/name", "must be a string, not 7"],
    [{ name: "Ada", age: "30" }, "/age", 'must be an integer, not "30"'],
    [{ name: "Ada", age: null }, "/age", "must be an integer, not null"],
    [
      { name: "Ada", email: "ada" },
      "/email",
      'must be in the format "email", not "ada"',
    ],
    [[], "", "must be an object, not an array"],
    [null, "", "must be an object, not null"],
    ["Ada", "", 'must be an object, not "Ada"'],
  ])(
    "the input %j is refused at %p and nothing is coerced",
    (value, path, message) => {
      expect(compileInput(person)(value)).toEqual({
        ok: false,
        errors: [{ path, message }],
      });
    },
  );

  test("a schema may forbid unknown properties", () => {
    const check = compileInput(t.Object({}, { additionalProperties: false }));
    expect(check({ extra: 1 })).toEqual({
      ok: false,
      errors: [
        { path: "/extra", message: "is not a member that is known here" },
      ],
    });
  });

  test("a refusal points at the mistake with JSON Pointers, even through arrays and odd names", () => {
    const check = compileInput(t.Object({ "a/b~c": t.Array(t.String()) }));
    expect(check({ "a/b~c": ["x", 7] })).toEqual({
      ok: false,
      errors: [{ path: "/a~1b~0c/1", message: "must be a string, not 7" }],
    });
  });

  test("a refusal lists at most 20 errors", () => {
    const check = compileInput(t.Object({ list: t.Array(t.String()) }));
    const checked = check({ list: Array(100).fill(7) });
    expect(checked.ok ? [] : checked.errors).toBeArrayOfSize(20);
  });

  test("an input keeps __proto__ as a property like any other", () => {
    const parsed: unknown = JSON.parse(
      '{"__proto__":{"name":"Eve","isAdmin":true}}',
    );
    expect(compileInput(person)(parsed)).toMatchObject({ ok: false });
    const named: unknown = JSON.parse(
      '{"name":"Ada","__proto__":{"isAdmin":true}}',
    );
    const checked = compileInput(person)(named) as {
      value: Record<string, unknown>;
    };
    expect(Object.keys(checked.value)).toContain("__proto__");
    expect(Object.getPrototypeOf(checked.value)).toBe(Object.prototype);
    expect(checked.value["isAdmin"]).toBeUndefined();
  });
});

describe("results", () => {
  test("a result may be anything when there is no output schema", () => {
    expect(compileOutput(undefined)(undefined)).toEqual([]);
  });

  test("the error of an invalid result says where it breaks its schema", () => {
    const check = compileOutput(t.Object({ count: t.Integer() }));
    expect(check({ count: 3 })).toEqual([]);
    expect(check({ count: "3" })).toEqual([
      { path: "/count", message: 'must be an integer, not "3"' },
    ]);
    expect(check({ count: NaN })).toEqual([
      { path: "/count", message: "must be an integer, not NaN" },
    ]);
  });

  test("a result is null when nothing is returned", () => {
    expect(compileOutput(t.Null())(undefined)).toEqual([]);
    expect(compileOutput(t.String())(undefined)).toEqual([
      { path: "", message: "must be a string, not null" },
    ]);
  });
});

describe("formats", () => {
  test.each([
    ["date-time", "2026-02-03T04:05:06Z", "2026-02-30T04:05:06Z"],
    ["date", "2028-02-29", "2026-02-29"],
    ["email", "ada@example.com", "ada@"],
    ["uuid", "0199a2b4-0000-7000-8000-000000000000", "0199"],
    ["uri", "https://example.com/a", "a b"],
    ["ipv4", "127.0.0.1", "127.0.0.256"],
    ["regex", "^a+$", "("],
    ["url", "https://user@example.com:8443/a?b#c", "https://exa mple.com/"],
    ["url", "HTTP://127.0.0.1/", "http:example.com"],
    ["url", "ftp://example.com", "file:///etc/passwd"],
    ["byte", "AAAA", "AAA"],
    ["byte", "AA==", "A==="],
    ["byte", "", "!\n\n!!"],
  ])("the format %s accepts %p and refuses %p", (format, right, wrong) => {
    const check = compileOutput(t.String({ format }));
    expect(check(right)).toEqual([]);
    expect(check(wrong)).not.toEqual([]);
  });

  test("the format uri refuses what has more than 8192 characters", () => {
    const check = compileOutput(t.String({ format: "uri" }));
    expect(check(`urn:${"a".repeat(8188)}`)).toEqual([]);
    expect(check(`urn:${"a".repeat(8189)}`)).not.toEqual([]);
  });

  test("an unknown format is refused when the action is defined, not with every input", () => {
    expect(() =>
      compileInput(t.Object({ mail: t.String({ format: "emial" }) })),
    ).toThrow('The format "emial" is unknown');
  });

  test("the format of a number is documentation and is not checked", () => {
    expect(compileOutput(t.Integer({ format: "int32" }))(7)).toEqual([]);
  });
});

describe("a schema as JSON", () => {
  const properties = {
    name: { type: "string" },
    age: { type: "integer", default: 30 },
    email: { type: "string", format: "email" },
  };

  test("the JSON schema of a result says what the schema says", () => {
    expect(toJsonSchema(person)).toStrictEqual({
      type: "object",
      properties,
      required: ["name", "age"],
    });
  });

  test("the JSON schema of an input does not require properties that have a default", () => {
    expect(toInputSchema(person)).toStrictEqual({
      type: "object",
      properties,
      required: ["name"],
    });
  });

  test("the JSON schema leaves out `required` when no property is required", () => {
    const schema = t.Object({ count: t.Integer({ default: 1 }) });
    expect(toInputSchema(schema)).not.toHaveProperty("required");
  });
});
