/** The input of `actiond run`, from JSON and from options named after members of the schema. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeInput } from "../../../src/cli/run/input.ts";
import { makeTemporaryFolder } from "../../server.ts";

const SCHEMA = {
  type: "object",
  properties: {
    name: { type: "string" },
    count: { type: "integer" },
    urgent: { type: "boolean" },
    tags: { type: "array", items: { type: "string" } },
    secondsPerPage: { type: "number" },
    size: { anyOf: [{ const: "small", type: "string" }, { type: "number" }] },
    only: { const: 3, type: "number" },
    any: {},
  },
};

const make = (members: readonly string[], input?: string) =>
  makeInput({ input, members }, SCHEMA);

test.each([
  [["--name", "Ada"], { name: "Ada" }],
  [["--name=7"], { name: "7" }],
  [["--name="], { name: "" }],
  [["--name=--x"], { name: "--x" }],
  [["--count", "-5"], { count: -5 }],
  [["--urgent"], { urgent: true }],
  [["--urgent", "false", "--name", "a"], { urgent: false, name: "a" }],
  [["--urgent", "--name", "a b"], { urgent: true, name: "a b" }],
  [["--tags", '["a","b"]'], { tags: ["a", "b"] }],
  [["--seconds-per-page", "0.5"], { secondsPerPage: 0.5 }],
  [["--size", "small"], { size: "small" }],
  [["--size", "4"], { size: 4 }],
  [["--any", "text", "--only", "3"], { any: "text", only: 3 }],
  [["--any", '{"a":1}'], { any: { a: 1 } }],
])("%j is read by the types of the schema", (members, input) => {
  expect(make(members)).toEqual(input);
});

test.each([
  [["--count", "many"], '--count must be an integer, not "many".'],
  [["--tags", "a,b"], '--tags must be an array, not "a,b".'],
  [["--name"], "--name needs a value."],
  [["--name", "--urgent"], "--name needs a value."],
  [["Ada"], '"Ada" is not a member of the input.'],
  [
    ["--nme", "Ada"],
    'The input has no member "nme". Its members are --name, --count,',
  ],
])("%j is refused with what would be right", (members, message) => {
  expect(() => make(members)).toThrow(message);
});

test("the input is JSON, or in a file, and options replace its members", () => {
  const file = join(makeTemporaryFolder(), "input.json");
  writeFileSync(file, '{ "name": "File", "count": 1 }');
  expect(make([], '{ "count": 2 }')).toEqual({ count: 2 });
  expect(make([], "7")).toBe(7);
  expect(make(["--count=3"], `@${file}`)).toEqual({ name: "File", count: 3 });
});

test("what is no input is refused", () => {
  expect(() => make([], "{")).toThrow("--input is not valid JSON: ");
  expect(() => make([], "@/missing.json")).toThrow(
    "The input cannot be read from /missing.json: ",
  );
  expect(() => make(["--count=3"], "[]")).toThrow(
    "--input must be a JSON object",
  );
  expect(() => makeInput({ input: undefined, members: ["--a=1"] }, {})).toThrow(
    "the action names none",
  );
});
