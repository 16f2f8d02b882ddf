/**
 * Unwraps the body of requests with `x-action-invocation-context`. Clients of Sema4.ai's Action Server then put the input
 * into the member `body`, and beside it what would be headers but may be too large for them, such as `x-action-context`.
 */
import { ServerError } from "../../errors.ts";
import { parseInput } from "../../run/input/check.ts";
import type { JsonLimit } from "./body.ts";

const HEADER = "x-action-invocation-context";
/** The bytes of all that stands beside the input. */
const MAX_BYTES = 1024 ** 2;
/** Who calls, and how the body was sent, is known by now. */
const OF_THE_REQUEST =
  /^(?:authorization|x-api-key|cookie|host|origin|connection|content-.*|transfer-encoding|sec-.*)$/i;

interface Unwrapped {
  readonly input: unknown;
  /** Those of the request, and in their place those in its body. */
  readonly headers: Headers;
}

export function isEnveloped(headers: Headers): boolean {
  return (headers.get(HEADER) ?? "") !== "";
}

/**
 * @returns undefined for a body without the member `body`, which is the input itself
 * @throws {ServerError} `invalid_json`, `invalid_input`, `invalid_header`, `input_too_large`
 */
export function unwrap(
  { headers: sent }: { readonly headers: Headers },
  bytes: Uint8Array,
  limits: JsonLimit,
): Unwrapped | undefined {
  if (bytes.length === 0) return undefined;
  const envelope = parseInput(bytes, limits);
  if (!isObject(envelope) || !Object.hasOwn(envelope, "body")) return undefined;
  const { body: input, ...others } = envelope;
  const headers = new Headers(sent);
  let left = MAX_BYTES;
  for (const [name, value] of Object.entries(others)) {
    if (OF_THE_REQUEST.test(name)) continue;
    if (typeof value !== "string") throw invalid(name);
    left -= name.length + value.length;
    if (left < 0)
      throw new ServerError(
        "input_too_large",
        `The members beside "body" may have at most ${MAX_BYTES} bytes together.`,
      );
    set(headers, name, value);
  }
  return { input, headers };
}

function set(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw invalid(name);
  }
}

function invalid(name: string): ServerError {
  return new ServerError(
    "invalid_header",
    `The member ${JSON.stringify(name.slice(0, 100))} beside "body" must be the text of a header.`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
