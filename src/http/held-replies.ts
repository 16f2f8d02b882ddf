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
/** A run takes up to this many times its bytes while it is looked up and written as JSON. */
const BYTES_PER_BYTE = 6;

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
 * Makes room for a reply about a run before the run is looked up.
 *
 * @param byteCount of the run
 * @returns undefined for a run that is not large
 * @throws {ServerError} `rate_limited`, `overloaded` when too many bytes wait for their readers
 */
export function holdRun(
  byteCount: number,
  keyId: string,
  budget: ByteBudget,
): Hold | undefined {
  if (byteCount < LARGE_LENGTH) return undefined;
  // One run can always be had, however large it is, by a key that holds nothing else.
  const needed = Math.min(byteCount * BYTES_PER_BYTE, budget.maxBytesPerKey);
  return takeBytes(budget, keyId, needed);
}

/**
 * Sends a reply on its way.
 *
 * @param keyId whose reply it is
 * @param room what was made for it
 * @throws {ServerError} `rate_limited`, `overloaded` when too many bytes wait for their readers
 */
export function send(
  reply: Response,
  { keyId, room }: { keyId: string; room?: Hold | undefined },
  budget: ByteBudget,
): Response {
  const text = texts.get(reply);
  if (text === undefined) {
    room?.[Symbol.dispose]();
    return reply;
  }
  const hold =
    room ??
    takeBytes(
      budget,
      keyId,
      Math.min(text.length * BYTES_PER_CHARACTER, budget.maxBytesPerKey),
    );
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
