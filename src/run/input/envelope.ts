/** Takes the input out of a body that has more beside it: in its member `body`. */
import { ServerError } from "../../errors.ts";
import { parseInput } from "./check.ts";
import type { ShapeLimit } from "./scan.ts";

/** All that stands beside the input may have so many bytes and members: to set a header takes the longer the more there are. */
const MAX_BYTES = 1024 ** 2;
const MAX_COUNT = 200;
/** Who calls, and how the body was sent, is known by now. */
const OF_THE_REQUEST =
  /^(?:authorization|x-api-key|cookie|host|origin|connection|content-.*|transfer-encoding|sec-.*)$/i;

export interface Envelope {
  /** A value, or the bytes of JSON. */
  readonly input: unknown;
  /** What is said beside it, and would be headers otherwise. */
  readonly beside: readonly (readonly [name: string, value: string])[];
}

/**
 * @returns undefined for a body without the member `body`, which is the input itself
 * @throws {ServerError} `invalid_json`, `invalid_input`, `invalid_header`, `input_too_large`
 */
export function openEnvelope(
  bytes: Uint8Array,
  limit: ShapeLimit,
): Envelope | undefined {
  const envelope = parseInput(bytes, limit);
  if (!isObject(envelope) || !Object.hasOwn(envelope, "body")) return undefined;
  const { body: input, ...others } = envelope;
  const beside: [string, string][] = [];
  let left = MAX_BYTES;
  for (const [name, value] of Object.entries(others)) {
    if (OF_THE_REQUEST.test(name)) continue;
    if (typeof value !== "string") throw invalidMember(name);
    left -= name.length + value.length;
    if (left < 0 || beside.length >= MAX_COUNT)
      throw new ServerError(
        "input_too_large",
        `Beside "body" there may be at most ${MAX_COUNT} members with ${MAX_BYTES} bytes together.`,
      );
    beside.push([name, value]);
  }
  return { input, beside };
}

export function invalidMember(name: string): ServerError {
  return new ServerError(
    "invalid_header",
    `The member ${JSON.stringify(name.slice(0, 100))} beside "body" must be the text of a header.`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
