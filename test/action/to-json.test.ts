import { expect, test } from "bun:test";
import { toJson } from "../../src/action/to-json.ts";

function* count() {
  yield 1;
}
async function* countLater() {
  yield await Promise.resolve(1);
}

test.each<[string, unknown]>([
  ["Map", new Map([[1, 2]])],
  ["Set", new Set([1])],
  ["Response", new Response("x")],
  ["Request", new Request("http://localhost/")],
  ["Blob", new Blob(["x"])],
  ["ReadableStream", new Blob(["x"]).stream()],
  ["Promise", Promise.resolve(1)],
  ["RegExp", /a/],
  ["TypeError", new TypeError("x")],
  ["ArrayBuffer", new ArrayBuffer(1)],
  ["Uint8Array", new Uint8Array(1)],
  ["generator", count()],
  ["generator", countLater()],
  ["generator", new Map([[1, 2]]).keys()],
])("a %s is refused, also inside other values", (name, value) => {
  for (const result of [value, [value], { a: { b: value } }])
    expect(toJson(result)).toEqual({
      reason: expect.stringMatching(new RegExp(`^it contains a ${name}, .*; `)),
    });
});

class Point {
  x = 1;
  #y = 2;
  get y() {
    return this.#y;
  }
}

test.each<[unknown, string]>([
  [undefined, "null"],
  [{ at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  [new URL("http://localhost/"), '"http://localhost/"'],
  [new Point(), '{"x":1}'],
  [{ a: undefined, b: [undefined] }, '{"b":[null]}'],
  [Buffer.from("a"), '{"type":"Buffer","data":[97]}'],
  [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
])("%p is checked as what JSON makes of it", (value, text) => {
  expect(toJson(value)).toEqual({ text, sent: JSON.parse(text) });
});

test("what JSON has is checked as it is, without being parsed", () => {
  const value = { a: [1, { b: "x" }], c: null };
  const written = toJson(value);
  expect("sent" in written && written.sent).toBe(value);
});

test.each<[unknown, string]>([
  [() => 1, "it is a function"],
  [Symbol("x"), "it is a symbol"],
  [1n, "BigInt"],
])("%p is refused", (value, reason) => {
  expect(toJson(value)).toEqual({ reason: expect.stringContaining(reason) });
});

test("a value that contains itself is refused", () => {
  const value: unknown[] = [];
  value.push(value);
  expect(toJson(value)).toEqual({
    reason: expect.stringMatching(/cyclic.*[^.]$/),
  });
});
