/**
 * Large replies: they are sent in pieces as the reader takes them, and how many bytes of them may wait for readers has a
 * limit, in all and for each key.
 */
import { cutText, jsonPieces } from "../action/json-pieces.ts";
import { estimateLength } from "../action/to-json.ts";
import type { ByteBudget, Hold } from "../byte-budget.ts";
import { pause } from "../time-slice.ts";
import { takeBytes } from "../run/input/held-input.ts";

/** Smaller replies are handed to the listener in one piece. */
const LARGE_LENGTH = 262_144;
/** Longer ones are not measured to their ends. */
const MAX_ESTIMATE = 100_000_000;
/** Less fits into two packets, and is not worth compressing. */
const LEAST_GZIPPED_LENGTH = 2048;
/** Higher ones take several times longer, and save little of JSON. */
const GZIP_LEVEL = 1;
/** A character takes up to two bytes in memory. */
const BYTES_PER_CHARACTER = 2;
/** A run takes up to this many times its bytes while it is looked up and written as JSON. */
const BYTES_PER_BYTE = 6;

/** What a reply says that is not on its way yet. */
interface Unsent {
  readonly pieces: Iterator<string, unknown, undefined>;
  /** In characters, about. */
  readonly length: number;
}

const unsent = new WeakMap<Response, Unsent>();
/** Of these, those that are compressed on their way. */
const compressed = new WeakSet<Response>();
const encoder = new TextEncoder();

/** A reply with a text. */
export function toResponse(text: string, init: ResponseInit): Response {
  const { length } = text;
  if (length < LARGE_LENGTH) return new Response(text, init);
  return later({ pieces: cutText(text), length }, init);
}

/** A reply with any JSON, which is written while it is sent where it is large. */
export function toJsonResponse(body: unknown, init: ResponseInit): Response {
  if (estimateLength(body, LARGE_LENGTH) < LARGE_LENGTH)
    return new Response(JSON.stringify(body), init);
  const length = estimateLength(body, MAX_ESTIMATE);
  return later({ pieces: jsonPieces(body), length }, init);
}

function later(what: Unsent, init: ResponseInit): Response {
  const response = new Response(null, init);
  unsent.set(response, what);
  return response;
}

/** The same, compressed unless it is short. */
export function toGzippedResponse(
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Response {
  const init = { headers: { ...headers, "content-encoding": "gzip" } };
  if (estimateLength(body, LARGE_LENGTH) < LARGE_LENGTH) {
    const text = JSON.stringify(body);
    return text.length < LEAST_GZIPPED_LENGTH
      ? new Response(text, { headers })
      : new Response(Bun.gzipSync(text, { level: GZIP_LEVEL }), init);
  }
  const response = toJsonResponse(body, init);
  compressed.add(response);
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
  const what = unsent.get(reply);
  if (what === undefined) {
    room?.[Symbol.dispose]();
    return reply;
  }
  const hold =
    room ??
    takeBytes(
      budget,
      keyId,
      Math.min(what.length * BYTES_PER_CHARACTER, budget.maxBytesPerKey),
    );
  const { status, headers } = reply;
  const stream = toStream(what.pieces, hold);
  return new Response(
    compressed.has(reply) ? stream.pipeThrough(toGzip()) : stream,
    { status, headers },
  );
}

/** Its type does not say that it takes bytes of any kind. */
function toGzip() {
  return new CompressionStream("gzip") as ReadableWritablePair<
    Uint8Array,
    Uint8Array
  >;
}

function toStream(
  pieces: Unsent["pieces"],
  hold: Hold,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await pause();
        const piece = pieces.next();
        if (piece.done !== true) {
          controller.enqueue(encoder.encode(piece.value));
          return;
        }
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
