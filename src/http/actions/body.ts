/** Reads the body of a run request: bytes of limited size. Its content type does not matter: pages of other origins are refused before. */
import pTimeout from "p-timeout";
import { ServerError } from "../../errors.ts";
import { parseInput } from "../../run/input/check.ts";
import type { HeldInput } from "../../run/input/held-input.ts";
import type { ShapeLimit } from "../../run/input/scan.ts";

export interface BodyLimit {
  readonly maxInputBytes: number;
  /** How long the body may take to arrive. */
  readonly requestTimeoutMs: number;
}

export type JsonLimit = BodyLimit & ShapeLimit;

const NOTHING = new Uint8Array();
/** The most that a body may have that is small by its nature. */
const MAX_SMALL_BYTES = 1024 ** 2;
/**
 * @param held takes the memory that the input needs
 * @returns the bytes of the body, none when it is empty
 * @throws {ServerError} `unsupported_media_type`, `input_too_large`, `invalid_header`, `invalid_json` when the body is incomplete
 */
export function readBody(
  request: Request,
  limit: BodyLimit,
  held?: HeldInput,
): Uint8Array | Promise<Uint8Array> {
  const { headers } = request;
  const length = headers.get("content-length");
  // Without either header a request has no body (RFC 9112 section 6.3). Reading `request.body` would create a stream.
  const isStreamed = headers.has("transfer-encoding");
  if (length === "0" || (length === null && !isStreamed)) return NOTHING;
  if (length !== null && Number(length) > limit.maxInputBytes)
    throw tooLarge(limit);
  // Bun answers a body with trailers by a 400 of its own, after it has handed it over as if it were whole.
  if (headers.has("trailer"))
    throw new ServerError(
      "invalid_header",
      "The body must be sent without trailers (RFC 9110 section 6.5).",
    );
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    throw new ServerError(
      "unsupported_media_type",
      `The body must be sent without content-encoding, not with ${JSON.stringify(encoding)}.`,
    );
  if (length !== null) held?.take(Number(length));
  return untilArrived(
    isStreamed ? readChunks(request.body, limit, held) : request.bytes(),
    limit,
  );
}

/**
 * Reads and parses a body that is small by its nature.
 *
 * @returns `{}` when it is empty
 * @throws {ServerError} as `readBody` and `parseInput`
 */
export async function readSmallJson(
  request: Request,
  limit: JsonLimit,
): Promise<unknown> {
  const maxInputBytes = Math.min(limit.maxInputBytes, MAX_SMALL_BYTES);
  const bytes = await readBody(request, { ...limit, maxInputBytes });
  return bytes.length === 0 ? {} : parseInput(bytes, limit);
}

async function untilArrived(
  bytes: Promise<Uint8Array>,
  { requestTimeoutMs: milliseconds }: BodyLimit,
): Promise<Uint8Array> {
  try {
    // Nearly all bodies are there with their requests, and need no timer.
    const arrived = await Promise.race([bytes, endOfTurn()]);
    return arrived ?? (await untilDue(bytes, milliseconds));
  } catch (error) {
    if (error instanceof ServerError) throw error;
    // The connection broke: nobody receives this reply, and the server is not at fault.
    throw new ServerError(
      "invalid_json",
      "The body of the request is incomplete.",
      {
        cause: error,
      },
    );
  }
}

function untilDue(
  bytes: Promise<Uint8Array>,
  milliseconds: number,
): Promise<Uint8Array> {
  const fallback = () => {
    throw new ServerError(
      "request_timed_out",
      `The body of the request did not arrive within ${milliseconds / 1000} s.`,
    );
  };
  return pTimeout(bytes, { milliseconds, fallback });
}

let turn: Promise<undefined> | undefined;

/** Resolves when the event loop has handled what has arrived. */
function endOfTurn(): Promise<undefined> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve(undefined);
    });
  });
  return turn;
}

/** Reads a body of unknown length, and stops as soon as it is too long. */
async function readChunks(
  body: ReadableStream<Uint8Array> | null,
  limit: { maxInputBytes: number },
  held: HeldInput | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of body ?? []) {
    byteCount += chunk.byteLength;
    if (byteCount > limit.maxInputBytes) throw tooLarge(limit);
    held?.take(byteCount);
    chunks.push(chunk);
  }
  // Not a `Buffer`: that may share its memory with others, and cannot be handed to a thread.
  return new Uint8Array(Buffer.concat(chunks));
}

function tooLarge({ maxInputBytes }: { maxInputBytes: number }): ServerError {
  return new ServerError(
    "input_too_large",
    `The input may have at most ${maxInputBytes} bytes.`,
  );
}
