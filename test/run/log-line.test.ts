/** Lines of kept logs: whatever an action logs becomes one, without secrets and of limited size. */
import { expect, test } from "bun:test";
import { makeToken } from "../../src/access/token.ts";
import { toLogLine, toProgress } from "../../src/run/kept-log/line.ts";

test.each([
  ["a key of actiond", `the key is ${makeToken()}!`, "the key is [redacted]!"],
  ["a secret of callbacks", "whsec_c2VjcmV0c2VjcmV0", "[redacted]"],
  [
    "a bearer token",
    "authorization: Bearer abc.def-ghi",
    "authorization: Bearer [redacted]",
  ],
  [
    "a password in a URL",
    "postgres://me:hunter2@db/runs",
    "postgres://me:[redacted]@db/runs",
  ],
  [
    "what an object prints of its secrets",
    `{ name: "Bo", apiKey: 'a', nested: {"access_token":"b\\"c"} }`,
    `{ name: "Bo", apiKey: '[redacted]', nested: {"access_token":"[redacted]"} }`,
  ],
  [
    "the password of prose, which has no value",
    "its password is 'good'",
    undefined,
  ],
  ["nothing of other text", "at 12:30 to a@b.example", undefined],
])("%s is masked, in messages and stacks alike", (_, text, masked = text) => {
  expect(toLogLine("info", text).message).toBe(masked);
  const error = Object.assign(new Error("x"), { stack: `Error: ${text}` });
  expect(toLogLine("error", "failed", { error }).stack).toBe(
    `Error: ${masked}`,
  );
});

test("whatever is logged becomes a line, of limited size", () => {
  const circle: Record<string, unknown> = { count: 3n };
  circle["self"] = circle;
  expect(toLogLine("info", "odd", circle).fields).toEqual({
    count: "3",
    self: "[circular]",
  });
  expect(toLogLine("info", { a: 1 }).message).toContain("a: 1");
  expect(toLogLine("info", "plain", new TypeError("it")).stack).toContain(
    "TypeError: it",
  );
  const long = toLogLine("info", "x".repeat(1e6), { text: "y".repeat(1e6) });
  expect(JSON.stringify(long).length).toBeLessThan(40_000);
});

test("progress is between 0 and 1, and only a number is progress", () => {
  expect(toProgress(1.0001, "done")).toEqual({ fraction: 1, message: "done" });
  expect(toProgress(-1)).toEqual({ fraction: 0, message: null });
  for (const wrong of ["0.4", Number.NaN, undefined])
    expect(() => toProgress(wrong)).toThrow("needs a number from 0 to 1");
});
