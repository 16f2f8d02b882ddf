import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ServerError } from "../../../src/errors.ts";
import { toRunHeaders } from "../../../src/http/actions/headers.ts";
import { parsePrefer } from "../../../src/http/actions/prefer.ts";
import { letters } from "../../fuzz/words.ts";

const limit = { maxWaitMs: 60_000 };
const read = (headers: Record<string, string>) =>
  toRunHeaders(
    { get: (name) => headers[name] ?? null, keys: () => Object.keys(headers) },
    limit,
  );

describe("the wait", () => {
  test.each([
    ["0", 0],
    ["0.2", 200],
    ["30", 30_000],
    [".5", 500],
    ["5.", 5000],
    ["1e1", 10_000],
    ["2e-05", 0.02],
    ["61", 60_000],
    ["99999999999999999999", 60_000],
    ["1e999", 60_000],
  ])("a wait of %s seconds means %d ms", (text, ms) => {
    expect(read({ "x-actions-async-timeout": text }).waitMs).toBe(ms);
  });

  test("a wait is endless by default and as long as Prefer asks for", () => {
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

  test("a valid trace context is passed on", () => {
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
  ])("the traceparent %p is ignored together with its tracestate", (wrong) => {
    expect(read({ traceparent: wrong, tracestate: "a=b" })).toMatchObject({
      traceparent: null,
      tracestate: null,
    });
  });

  test("a tracestate that is too long is dropped", () => {
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
  ])("the idempotency key %s means %s", (header, key) => {
    expect(read({ "idempotency-key": header }).idempotencyKey).toBe(key);
  });
});

test("a long value is shortened in the message that quotes it", () => {
  expect(() =>
    read({ "x-actions-async-timeout": "9".repeat(500).concat("x") }),
  ).toThrow(/not "9{100}…"/);
});

test("any headers give either a request or invalid_header", () => {
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
    { numRuns: 300 },
  );
}, 20_000);

/** @returns undefined where the answer is `invalid_header` */
function attempt(headers: Record<string, string>) {
  try {
    return read(headers);
  } catch (error) {
    expect(error).toBeInstanceOf(ServerError);
    expect((error as ServerError).code).toBe("invalid_header");
    return undefined;
  }
}

test("seconds are a decimal number of at least 0 or are refused", () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...letters("0123456789.+-eExX_ ,\t٣")) }),
    fc.double({ noNaN: true, min: 0 }).map(String),
  );
  fc.assert(
    fc.property(text, (sent) => {
      // What JavaScript reads besides: signs, white space, and words such as Infinity and 0x1.
      const isRight =
        letters(sent).every((letter) => "0123456789.eE+-".includes(letter)) &&
        !["", "+", "-"].includes(sent.charAt(0)) &&
        !Number.isNaN(Number(sent));
      const ms = Number(sent) * 1000;
      // So small that JavaScript takes it for 0, which it is not.
      fc.pre(ms !== 0 || !/[1-9]/.test(sent.split(/e/i)[0] as string));
      expect(attempt({ "x-actions-async-timeout": sent })?.waitMs).toBe(
        isRight ? Math.min(ms, limit.maxWaitMs) : undefined,
      );
      expect(attempt({ "x-actions-run-timeout": sent })?.runTimeoutMs).toBe(
        isRight && ms > 0 ? ms : undefined,
      );
      expect(attempt({ "x-actions-start-timeout": sent })?.startTimeoutMs).toBe(
        isRight && ms > 0 ? ms : undefined,
      );
    }),
    { numRuns: 300 },
  );
});

const isPrintable = (text: string) =>
  text.length <= 255 &&
  letters(text).every((letter) => letter >= " " && letter <= "~");
const identifier = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: fc.constantFrom(...letters('ab"\\ \t\u007fé~')) }),
);

test("a request id is what was sent or is refused", () => {
  fc.assert(
    fc.property(identifier, (sent) => {
      expect(attempt({ "x-actions-request-id": sent })?.requestId).toBe(
        isPrintable(sent) ? sent : undefined,
      );
    }),
    { numRuns: 300 },
  );
});

/** RFC 8941 section 4.2.5, step by step. */
function parseString(text: string): string | undefined {
  let parsed = "";
  for (let at = 1; at < text.length; at += 1) {
    const letter = text[at] as string;
    if (letter === '"') return at === text.length - 1 ? parsed : undefined;
    if (letter !== "\\") {
      parsed += letter;
      continue;
    }
    at += 1;
    const escaped = text[at] ?? "";
    if (escaped !== '"' && escaped !== "\\") return undefined;
    parsed += escaped;
  }
  return undefined;
}

test("an idempotency key is a structured string, a bare key or refused", () => {
  const structured = identifier.map(
    (text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`,
  );
  fc.assert(
    fc.property(fc.oneof(identifier, structured), (sent) => {
      const key = sent.startsWith('"') ? parseString(sent) : sent;
      const isRight = key !== undefined && key !== "" && isPrintable(key);
      expect(attempt({ "idempotency-key": sent })?.idempotencyKey).toBe(
        isRight ? key : undefined,
      );
    }),
    { numRuns: 500 },
  );
});

test("a callback URL uses http or https or is refused", () => {
  const text = fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc
      .tuple(
        fc.constantFrom("http:", "https:", "ftp:", "javascript:", "data:", ""),
        fc.constantFrom("//", "/", "", "\\\\"),
        fc.string({ unit: fc.constantFrom(...letters("a1.:/@[]%\\ é")) }),
      )
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (sent) => {
      const url = URL.canParse(sent) ? new URL(sent) : undefined;
      const isRight = url?.protocol === "http:" || url?.protocol === "https:";
      const callback = attempt({
        "x-actions-async-callback": sent,
      })?.callbackUrl;
      if (sent !== "")
        expect(callback?.href).toBe(isRight ? url.href : undefined);
    }),
    { numRuns: 300 },
  );
});

test("a traceparent is passed on only when each of its parts is valid", () => {
  const hex = (length: number) =>
    fc.string({
      unit: fc.constantFrom(...letters("0123456789abcdefAg")),
      minLength: length,
      maxLength: length,
    });
  const part = (length: number) =>
    fc.oneof(
      hex(length),
      fc.constantFrom("0".repeat(length), "f".repeat(length)),
      fc.constant("1".repeat(length)),
    );
  fc.assert(
    fc.property(
      part(2),
      part(32),
      part(16),
      part(2),
      fc.constantFrom("", "", "", "-", " "),
      (...parts) => {
        const [version, trace, parent, flags, end] = parts;
        const sent = `${[version, trace, parent, flags].join("-")}${end}`;
        const areHex = [version, trace, parent, flags].every((text) =>
          letters(text).every((letter) => "0123456789abcdef".includes(letter)),
        );
        const isRight =
          areHex &&
          version !== "ff" &&
          Number(`0x${trace}`) !== 0 &&
          Number(`0x${parent}`) !== 0 &&
          end === "";
        expect(attempt({ traceparent: sent })?.traceparent).toBe(
          isRight ? sent : null,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("a preference is found among any others whatever is malformed around it", () => {
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
