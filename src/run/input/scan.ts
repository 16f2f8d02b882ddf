/**
 * Looks over the bytes of an input once, before they are parsed: what would cost far more time or memory than its bytes
 * say is refused for the price of reading them.
 */
import { ServerError } from "../../errors.ts";
import { Names } from "./names.ts";

export interface ShapeLimit {
  /** How many levels of objects and arrays there may be. */
  readonly maxInputDepth: number;
  /** How many members all objects and items all arrays may have together. */
  readonly maxInputValues: number;
}

const MAX_NAME_BYTES = 10_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/**
 * It does not decide whether the bytes are JSON: the parser does. Of what is JSON it sees every level, value and name.
 *
 * @throws {ServerError} `invalid_input`
 */
export function scan(bytes: Uint8Array, limit: ShapeLimit): void {
  const { maxInputDepth, maxInputValues } = limit;
  const names = new Names();
  let depth = 0;
  let valueCount = 0;
  /** The last byte that is not white space: `{` and `[` before their end mean that there is nothing in between. */
  let last = 0;
  /** Where the last string began and ended. */
  let from = 0;
  let to = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] as number;
    if (byte <= SPACE) continue;
    if (byte === QUOTE) {
      from = index + 1;
      to = endOfString(bytes, from);
      index = to;
    } else if (byte === COLON) {
      if (to - from > MAX_NAME_BYTES)
        throw refused(
          `has a property name of more than ${MAX_NAME_BYTES} bytes`,
        );
      names.add(bytes, from, to);
      if (names.haveCollisions)
        throw refused(
          "has property names that were chosen to have the same hash, which would take far longer to read than others",
        );
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      valueCount += 1;
      if (depth > maxInputDepth)
        throw refused(`is nested more than ${maxInputDepth} levels deep`);
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (last === OPEN_BRACE || last === OPEN_BRACKET) valueCount -= 1;
    } else if (byte === COMMA) {
      valueCount += 1;
      // One level has at most one value that is not complete yet.
      if (valueCount > maxInputValues + maxInputDepth) break;
    }
    last = byte;
  }
  if (valueCount > maxInputValues)
    throw refused(
      `has more than ${maxInputValues} members and items in all its objects and arrays`,
    );
}

/** @returns where the quote is that ends the string */
function endOfString(bytes: Uint8Array, from: number): number {
  let index = from;
  while (index < bytes.length) {
    const byte = bytes[index];
    if (byte === QUOTE) return index;
    index += byte === BACKSLASH ? 2 : 1;
  }
  return index;
}

function refused(message: string): ServerError {
  return new ServerError("invalid_input", `The input ${message}.`, {
    errors: [{ path: "", message }],
  });
}
