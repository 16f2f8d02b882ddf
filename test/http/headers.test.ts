import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ServerError } from "../../src/errors.ts";
import { toRunHeaders } from "../../src/http/headers.ts";
import { parsePrefer } from "../../src/http/prefer.ts";

const limit = { maxWaitMs: 60_000 };
const read = (headers: Record<string, string>) => toRunHeaders(headers, limit);

describe("the wait", () => {
  test.each([
    ["0", 0],
    ["0.2", 200],
    ["30", 30_000],
    ["61", 60_000],
    ["99999999999999999999", 60_000],
  ])("of %s s is %d ms", (text, ms) => {
    expect(read({ "x-actions-async-timeout": text }).waitMs).toBe(ms);
  });

  test("is endless when nothing is said, and shortened when it is preferred", () => {
    expect(read({}).waitMs).toBe(Infinity);
    expect(read({ prefer: "wait=600" })).toMatchObject({
      waitMs: 60_000,
      preference: "wait=600",
    });
    expect(read({ prefer: "handling=strict" })).toMatchObject({
      waitMs: Infinity,
      preference: undefined,
    });
  });
});

describe("trace context", () => {
  const id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${id}-00f067aa0ba902b7-01`;

  test("is handed on when it is right", () => {
    expect(read({ traceparent, tracestate: "a=b" })).toMatchObject({
      traceparent,
      tracestate: "a=b",
    });
    expect(read({ traceparent }).tracestate).toBeNull();
  });

  test.each([
    "",
    traceparent.toUpperCase(),
    `ff-${id}-00f067aa0ba902b7-01`,
    `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
    `00-${id}-0000000000000000-01`,
    `${traceparent}-more`,
  ])("%p is ignored, with its state", (wrong) => {
    expect(read({ traceparent: wrong, tracestate: "a=b" })).toMatchObject({
      traceparent: null,
      tracestate: null,
    });
  });

  test("a state that is too long is dropped", () => {
    expect(
      read({ traceparent, tracestate: "x".repeat(513) }).tracestate,
    ).toBeNull();
  });
});

describe("the idempotency key", () => {
  test.each([
    ["abc", "abc"],
    ['"abc"', "abc"],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    ["with space", "with space"],
  ])("%s is %s", (header, key) => {
    expect(read({ "idempotency-key": header }).idempotencyKey).toBe(key);
  });
});

test("what is quoted in a message is shortened", () => {
  expect(() =>
    read({ "x-actions-async-timeout": "9".repeat(500).concat("x") }),
  ).toThrow(/not "9{100}…"/);
});

test("whatever is sent, the answer is a request or invalid_header", () => {
  const names = [
    "x-actions-async-timeout",
    "x-actions-async-callback",
    "x-actions-request-id",
    "x-actions-on-disconnect",
    "idempotency-key",
    "prefer",
    "traceparent",
    "tracestate",
  ];
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.webUrl(),
    fc.constantFrom("0", "wait=1", "respond-async", "cancel", '"', "\\"),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (headers) => {
      try {
        const { waitMs, requestId } = read(headers);
        expect(waitMs >= 0).toBe(true);
        expect(requestId.length).toBeLessThanOrEqual(255);
      } catch (error) {
        expect(error).toBeInstanceOf(ServerError);
        expect((error as ServerError).code).toBe("invalid_header");
      }
    }),
    { numRuns: 1000 },
  );
});

test("a preference is found among any others, whatever is malformed around it", () => {
  const other = fc.oneof(
    fc.constantFrom("return=minimal", 'a="b, wait=9"', ";", "=", "a b", ""),
    fc
      .stringMatching(/^[a-z]{1,5}x=[\w"]{0,5}$/)
      .filter((text) => (text.match(/"/g)?.length ?? 0) % 2 === 0),
  );
  fc.assert(
    fc.property(
      fc.array(other),
      fc.array(other),
      fc.nat({ max: 1000 }),
      (before, after, seconds) => {
        const header = [...before, `Wait=${seconds}`, ...after].join(", ");
        expect(parsePrefer(header).waitSeconds).toBe(seconds);
      },
    ),
  );
});
