import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ServerError } from "../../../src/errors.ts";
import { readBody } from "../../../src/http/actions/body.ts";
import { parseInput } from "../../../src/run/input/check.ts";
import { letters } from "../../fuzz/words.ts";

const shape = { maxInputDepth: 100, maxInputValues: 1000 };
const limit = {
  maxInputBytes: 1000,
  requestTimeoutMs: 1000,
};

async function read(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
) {
  const length =
    body instanceof ReadableStream
      ? { "transfer-encoding": "chunked" }
      : { "content-length": String(Buffer.byteLength(body)) };
  const request = new Request("http://localhost/", {
    method: "POST",
    headers: { "content-type": "application/json", ...length, ...headers },
    body,
  });
  const bytes = await readBody(request, limit);
  return bytes.length === 0 ? {} : parseInput(bytes, shape);
}

/** @returns what was read, or the code it was refused with */
async function outcome(...sent: Parameters<typeof read>): Promise<unknown> {
  try {
    return { input: await read(...sent) };
  } catch (error) {
    expect(error).toBeInstanceOf(ServerError);
    return (error as ServerError).code;
  }
}

test("every JSON text comes through as it was sent", async () => {
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 5 }), async (text) => {
      const bytes = Buffer.from(text);
      const expected =
        bytes.length > limit.maxInputBytes
          ? "input_too_large"
          : { input: JSON.parse(text) };
      expect(await outcome(bytes)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test("any bytes become what JSON.parse makes of their text or are refused as invalid_json", async () => {
  const piece = fc.constantFrom(
    ...letters('{}[]":,\\0e.-tn '),
    "null",
    "\u0000",
    "é",
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.string({ unit: piece, maxLength: 30 }).map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (sent) => {
      let expected: unknown = "invalid_json";
      try {
        const text = new TextDecoder("utf-8", { fatal: true }).decode(sent);
        expected = { input: text === "" ? {} : JSON.parse(text) };
      } catch {
        // Then it is refused.
      }
      expect(await outcome(new Uint8Array(sent))).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test("a body is read as JSON whatever its type is", async () => {
  const type = fc.oneof(
    fc.constantFrom("", "application/json", "text/plain; charset=utf-8", "x"),
    fc.stringMatching(/^[a-z.+/;=*-]{0,20}$/),
  );
  await fc.assert(
    fc.asyncProperty(type, async (sent) => {
      expect(await outcome("{}", { "content-type": sent })).toEqual({
        input: {},
      });
    }),
    { numRuns: 200 },
  );
});

describe("bodies of unknown length", () => {
  const streamOf = (...chunks: string[]) =>
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(Buffer.from(chunk));
        controller.close();
      },
    });

  test("a body of unknown length is read however it is split", async () => {
    expect(await read(streamOf('{"a":"', "é", '"}'))).toEqual({ a: "é" });
    expect(await read(streamOf())).toEqual({});
  });

  test("a body of unknown length is refused when it gets too long", async () => {
    expect(await outcome(streamOf("1".repeat(600), "1".repeat(600)))).toBe(
      "input_too_large",
    );
  });

  test("a body that breaks off is not an error of the server", async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new DOMException("It closed.", "AbortError"));
      },
    });
    expect(await outcome(broken)).toBe("invalid_json");
  });
});
