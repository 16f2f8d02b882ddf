/**
 * Large replies: they are sent in pieces as the reader takes them, and how many bytes of them may wait for readers has a
 * limit, in all and for each key.
 */
import type { ByteBudget, Hold } from "../byte-budget.ts";
import { takeBytes } from "../run/input/held-input.ts";

/** Smaller replies are handed to the listener in one piece. */
const LARGE_LENGTH = 262_144;
const PIECE_LENGTH = 65_536;
/** A character takes up to two bytes in memory. */
const BYTES_PER_CHARACTER = 2;

/** The texts of replies that are not on their way yet. */
const texts = new WeakMap<Response, string>();
const encoder = new TextEncoder();

export function toResponse(text: string, init: ResponseInit): Response {
  if (text.length < LARGE_LENGTH) return new Response(text, init);
  const response = new Response(null, init);
  texts.set(response, text);
  return response;
}

/**
 * Sends a reply on its way.
 *
 * @param keyId whose reply it is
 * @throws {ServerError} `rate_limited`, `overloaded` when too many bytes wait for their readers
 */
export function send(
  reply: Response,
  keyId: string,
  budget: ByteBudget,
): Response {
  const text = texts.get(reply);
  if (text === undefined) return reply;
  const hold = takeBytes(budget, keyId, text.length * BYTES_PER_CHARACTER);
  const { status, headers } = reply;
  return new Response(toStream(text, hold), { status, headers });
}

function toStream(text: string, hold: Hold): ReadableStream<Uint8Array> {
  let from = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        let to = Math.min(from + PIECE_LENGTH, text.length);
        // A character of two units must not be cut in two.
        if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1)))
          to -= 1;
        controller.enqueue(encoder.encode(text.slice(from, to)));
        from = to;
        if (from < text.length) return;
        hold[Symbol.dispose]();
        controller.close();
      },
      cancel() {
        hold[Symbol.dispose]();
      },
    },
    { highWaterMark: 0 },
  );
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
