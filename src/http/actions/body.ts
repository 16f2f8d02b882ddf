/** Reads the body of a run request: JSON, of limited size. Its content type does not matter: pages of other origins are refused before. */
import pTimeout from "p-timeout";
import { ServerError } from "../../errors.ts";
import { checkShape, type ShapeLimit } from "./shape.ts";

export interface InputLimit extends ShapeLimit {
  readonly maxInputBytes: number;
  /** How long the body may take to arrive. */
  readonly requestTimeoutMs: number;
}

/**
 * @returns the parsed input; `{}` when the body is empty
 * @throws {ServerError} `unsupported_media_type`, `input_too_large`, `invalid_json`; `invalid_input` when it is
 *   nested too deep or has too many properties
 */
export async function readInput(
  request: Request,
  limit: InputLimit,
): Promise<unknown> {
  const { headers } = request;
  const length = headers.get("content-length");
  // Without either header a request has no body (RFC 9112 section 6.3). Reading `request.body` would create a stream.
  const isStreamed = headers.has("transfer-encoding");
  if (length === "0" || (length === null && !isStreamed)) return {};
  if (length !== null && Number(length) > limit.maxInputBytes)
    throw tooLarge(limit);
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    throw new ServerError(
      "unsupported_media_type",
      `The body must be sent without content-encoding, not with ${JSON.stringify(encoding)}.`,
    );
  const text = await readText(request, limit);
  if (text === "") return {};
  const input = parse(text);
  // A shorter text cannot exceed either limit: a level takes at least two characters, a property four.
  if (text.length > 2 * Math.min(limit.maxInputDepth, limit.maxInputProperties))
    checkShape(input, limit);
  return input;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServerError(
      "invalid_json",
      `The body is not valid JSON: ${(error as Error).message.replace(/^JSON Parse error: /, "")}.`,
    );
  }
}

async function readText(request: Request, limit: InputLimit): Promise<string> {
  const text = request.headers.has("transfer-encoding")
    ? readChunks(request.body, limit)
    : request.text();
  const { requestTimeoutMs: milliseconds } = limit;
  const fallback = () => {
    throw new ServerError(
      "request_timed_out",
      `The body of the request did not arrive within ${milliseconds / 1000} s.`,
    );
  };
  try {
    return await pTimeout(text, { milliseconds, fallback });
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

/** Reads a body of unknown length, and stops as soon as it is too long. */
async function readChunks(
  body: ReadableStream<Uint8Array> | null,
  limit: { maxInputBytes: number },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of body ?? []) {
    byteCount += chunk.byteLength;
    if (byteCount > limit.maxInputBytes) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge({ maxInputBytes }: { maxInputBytes: number }): ServerError {
  return new ServerError(
    "input_too_large",
    `The input may have at most ${maxInputBytes} bytes.`,
  );
}
