/** Writes JSON piece by piece: whoever takes the pieces may do something else between two of them. */
import { findReason, isLongerThan, look } from "./to-json.ts";

/** Characters of a piece, about. */
const PIECE_LENGTH = 65_536;
/** Values that are written in one go take at most this part of a piece … */
const SMALL_PART = 0.5;
/** … and are no more than one for so many characters of it. */
const CHARACTERS_PER_VALUE = 64;
/** Items of an array that are written in one go where all of them are small. */
const ITEM_COUNT = 200;
/** Each level is looked at: deeper ones would take long without making a piece. */
const MAX_DEPTH = 2000;

export interface Summary {
  /** Whether it consists of nothing but what JSON has, so that it is what a reader will read. */
  isPlain: boolean;
  /** How many values it has, with all members and items. */
  valueCount: number;
}

interface Writing extends Summary {
  readonly pieceLength: number;
}

/** An object or array that is being written. */
interface Frame {
  readonly object: object;
  /** Undefined for an array. */
  readonly keys: readonly string[] | undefined;
  readonly count: number;
  index: number;
  isEmpty: boolean;
  /** From this item on it is tried again to write several in one go. */
  tryAt: number;
}

/**
 * Writes what `JSON.stringify` writes.
 *
 * @param root nothing that `JSON.stringify` has no text for, such as a function
 * @param pieceLength characters of a piece, about
 * @throws {TypeError} what JSON has no place for, such as the contents of a `Map`, or an object that contains itself
 * @throws whatever a `toJSON` or a getter throws
 * @see https://tc39.es/ecma262/#sec-serializejsonproperty
 */
export function* jsonPieces(
  root: unknown,
  pieceLength = PIECE_LENGTH,
): Generator<string, Summary, undefined> {
  const summary = { isPlain: true, valueCount: 0, pieceLength };
  const frames: Frame[] = [];
  const open = new Set<object>();
  let text = "";
  let value = toWritten(root, "", summary);
  for (;;) {
    if (typeof value === "string" && value.length > pieceLength) {
      yield `${text}"`;
      for (const part of cutText(value, pieceLength))
        yield JSON.stringify(part).slice(1, -1);
      text = '"';
    } else if (typeof value === "object" && value !== null) {
      const small = writeSmall(value, summary);
      if (small === undefined) {
        enter(value, frames, open);
        text += Array.isArray(value) ? "[" : "{";
      } else {
        text += small;
        summary.valueCount -= 1;
      }
    } else {
      text += JSON.stringify(value ?? null);
    }
    summary.valueCount += 1;
    if (text.length >= pieceLength) {
      yield text;
      text = "";
    }
    for (;;) {
      const frame = frames.at(-1);
      if (frame === undefined) {
        yield text;
        return summary;
      }
      const member = nextMember(frame, summary);
      if (member !== undefined) {
        text += member.before;
        if ("text" in member) {
          text += member.text;
          if (text.length < pieceLength) continue;
          yield text;
          text = "";
          continue;
        }
        ({ value } = member);
        break;
      }
      text += frame.keys === undefined ? "]" : "}";
      open.delete(frame.object);
      frames.pop();
    }
  }
}

/** Cuts a text into parts of about this many characters, and no character of two units in two. */
export function* cutText(
  text: string,
  length = PIECE_LENGTH,
): Generator<string, undefined, undefined> {
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + length, text.length);
    const unit = text.charCodeAt(to - 1);
    const isHighSurrogate = unit >= 0xd800 && unit <= 0xdbff;
    if (isHighSurrogate && to < text.length) to += 1;
    yield text.slice(from, to);
    from = to;
  }
}

/** Lets the engine write what is small, which is far quicker. @returns undefined for what is not */
function writeSmall(value: object, summary: Writing): string | undefined {
  const { pieceLength } = summary;
  const maxCount = pieceLength / CHARACTERS_PER_VALUE;
  if (Array.isArray(value) && value.length >= maxCount) return undefined;
  if (isLongerThan(pieceLength * SMALL_PART, value)) return undefined;
  const { isPlain, reason, valueCount } = look(value, maxCount);
  if (valueCount > maxCount) return undefined;
  if (reason !== undefined) throw new TypeError(reason);
  summary.isPlain &&= isPlain;
  summary.valueCount += valueCount;
  return JSON.stringify(value);
}

function enter(object: object, frames: Frame[], open: Set<object>): void {
  if (open.has(object)) throw new TypeError("It contains itself");
  if (frames.length >= MAX_DEPTH)
    throw new TypeError(`It is nested more than ${MAX_DEPTH} levels deep`);
  open.add(object);
  const keys = Array.isArray(object) ? undefined : Object.keys(object);
  const count = keys?.length ?? (object as unknown[]).length;
  frames.push({ object, keys, count, index: 0, isEmpty: true, tryAt: 0 });
}

type Member =
  | { readonly before: string; readonly value: unknown }
  | { readonly before: string; readonly text: string };

/** @returns what comes next, or its text, and the text before it; undefined at the end */
function nextMember(frame: Frame, summary: Writing): Member | undefined {
  const { object, keys, count } = frame;
  const text = keys === undefined ? writeItems(frame, summary) : undefined;
  if (text !== undefined) {
    const before = frame.isEmpty ? "" : ",";
    frame.isEmpty = false;
    return { before, text };
  }
  while (frame.index < count) {
    const key = keys?.[frame.index] ?? String(frame.index);
    frame.index += 1;
    const value = toWritten(Reflect.get(object, key), key, summary);
    // A member without a value is left out; an item is null.
    if (value === undefined && keys !== undefined) continue;
    const comma = frame.isEmpty ? "" : ",";
    frame.isEmpty = false;
    const name = keys === undefined ? "" : `${JSON.stringify(key)}:`;
    return { before: comma + name, value };
  }
  return undefined;
}

/** Writes the next items of an array in one go. @returns undefined where they are not small, or there are none */
function writeItems(frame: Frame, summary: Writing): string | undefined {
  const { index, tryAt, count } = frame;
  if (index < tryAt || index >= count) return undefined;
  const items = (frame.object as unknown[]).slice(index, index + ITEM_COUNT);
  const text = writeSmall(items, summary);
  if (text === undefined) {
    frame.tryAt = index + ITEM_COUNT;
    return undefined;
  }
  frame.index += items.length;
  summary.valueCount -= 1;
  return text.slice(1, -1);
}

/** @returns what is written in place of a value: a text, a number, a boolean, null, an object, or undefined for nothing */
function toWritten(given: unknown, key: string, summary: Writing): unknown {
  let value = given;
  if (typeof value === "object" && value !== null) {
    if (isPlainObject(value)) return value;
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") value = toJSON.call(value, key);
    else {
      const reason = findReason(value);
      if (reason !== undefined) throw new TypeError(reason);
    }
    value = unbox(value);
    summary.isPlain = false;
  }
  if (typeof value === "bigint")
    throw new TypeError("JSON.stringify cannot serialize BigInt");
  if (value === undefined) summary.isPlain = false;
  return typeof value === "function" || typeof value === "symbol"
    ? undefined
    : value;
}

/** Boxed values are written as what is in them, which only the engine knows of every realm. */
function unbox(value: unknown): unknown {
  const name = Object.prototype.toString.call(value);
  return /^\[object (?:Number|String|Boolean)\]$/.test(name)
    ? (JSON.parse(JSON.stringify(value)) as unknown)
    : value;
}

/** Whether it is one that JSON writes as it is. */
function isPlainObject(value: object): boolean {
  if (Array.isArray(value) && !("toJSON" in value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) &&
    typeof (value as { toJSON?: unknown }).toJSON !== "function"
  );
}
