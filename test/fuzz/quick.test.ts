/** No text that a stranger can send takes longer than its length explains: https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS */
import { expect, test } from "bun:test";
import { isToken } from "../../src/access/token.ts";
import { formats } from "../../src/action/schema/formats.ts";
import {
  reachOf,
  toAddress,
  toNetwork,
} from "../../src/callback/reach/ip-reach.ts";
import { toRetryAfterMs } from "../../src/callback/schedule.ts";
import { readBody } from "../../src/http/actions/body.ts";
import { parseBearer } from "../../src/http/gate/credentials.ts";
import { toRunHeaders } from "../../src/http/actions/headers.ts";
import { parseHost } from "../../src/http/gate/host.ts";
import { parsePrefer } from "../../src/http/actions/prefer.ts";
import { toInteger, toWaitMs } from "../../src/http/query.ts";
import { toByteCount, toDuration } from "../../src/units.ts";
import { processorMs } from "../processor-time.ts";
import { words } from "./words.ts";

/** Longer than any server takes: where time grows with the square of it, it takes seconds. */
const LENGTH = 64_000;
const MAX_MS = 100;
/** About the longest text a format looks at: an input may hold a thousand of them. */
const FORMAT_LENGTH = 8000;
const FORMAT_MAX_MS = 15;
/** A busy machine may make anything slow once. */
const TRIES = 20;

const STARTS = ["", "a", '"', 'a="', "1", "application/", "http://a@", "a@"];
const PIECES = [
  ...words(`
    " \\ a 0 . , ; = % - : [ { / @ ~ é "\\ \\" a= =" "a" ,, a, ;a 0. a. :: a: a-
  `),
  " ",
  "a ",
  "\t",
  "\u0000",
];
const ENDS = ["", 'x"!', " !", "@"];

const header = (name: string) => (text: string) =>
  toRunHeaders(
    { get: (asked) => (asked === name ? text : null), keys: () => [name] },
    { maxWaitMs: 1 },
  );

test.each<[string, (text: string) => unknown]>([
  ["Prefer", parsePrefer],
  ["x-actions-async-timeout", header("x-actions-async-timeout")],
  ["x-actions-async-callback", header("x-actions-async-callback")],
  [
    "the host of a callback",
    (text) => header("x-actions-async-callback")(`http://${text}`),
  ],
  ["x-actions-request-id", header("x-actions-request-id")],
  ["x-actions-run-timeout", header("x-actions-run-timeout")],
  ["Idempotency-Key", header("idempotency-key")],
  ["traceparent", header("traceparent")],
  ["Content-Type", readAs],
  ["Authorization", parseBearer],
  ["a key", isToken],
  ["Host", parseHost],
  [
    "a number of a query",
    (text) => toInteger("limit", text, { min: 1, max: 9 }),
  ],
  ["seconds of a query", (text) => toWaitMs(text, 1)],
  ["Retry-After", (text) => toRetryAfterMs(text, 0)],
  ["Retry-After with a date", (text) => toRetryAfterMs(`${text}GMT`, 0)],
  ["a duration", (text) => toDuration(text)],
  ["a size", toByteCount],
  ["a network", toNetwork],
  ["an address", (text) => reachOf(toAddress(text))],
])("any text as %s is parsed quickly", async (_, parse) => {
  await expectQuick(parse, LENGTH, MAX_MS);
});

const FORMATS = Object.entries(formats).map(
  ([name, { validate }]) => [name, validate] as const,
);

test.each(FORMATS)(
  "any text is checked quickly against the format %s",
  async (_, check) => {
    await expectQuick(check, FORMAT_LENGTH, FORMAT_MAX_MS);
    await expectQuick(check, LENGTH, MAX_MS);
  },
);

async function expectQuick(
  parse: (text: string) => unknown,
  length: number,
  maxMs: number,
): Promise<void> {
  for (const start of STARTS)
    for (const piece of PIECES)
      for (const end of ENDS) {
        const text = `${start}${piece.repeat(length / piece.length)}${end}`;
        let ms = await measure(parse, text);
        for (let time = 1; time < TRIES && ms >= maxMs; time += 1)
          ms = Math.min(ms, await measure(parse, text));
        expect(ms, JSON.stringify([start, piece, end])).toBeLessThan(maxMs);
      }
}

/** @returns milliseconds */
async function measure(
  parse: (text: string) => unknown,
  text: string,
): Promise<number> {
  const startedAt = processorMs();
  try {
    await parse(text);
  } catch {
    // Refused, which is what it is for.
  }
  return processorMs() - startedAt;
}

async function readAs(type: string): Promise<unknown> {
  const headers = { "content-length": "2", "content-type": type };
  return await readBody(
    new Request("http://localhost/", { method: "POST", headers, body: "{}" }),
    {
      maxInputBytes: 10,
      requestTimeoutMs: 1000,
    },
  );
}
