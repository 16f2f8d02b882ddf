/** Writes what an action returned as JSON, and refuses what JSON would turn into `{}` without a word. */

type Written =
  | {
      readonly text: string;
      /** What a caller will read: the value itself, unless JSON makes something else of it. */
      readonly sent: unknown;
    }
  | { readonly reason: string };

/** Things whose contents are not members: JSON writes each of them as `{}`. */
const EMPTY: readonly (readonly [
  type: abstract new (...args: never) => object,
  advice: string,
])[] = [
  [Map, "return Object.fromEntries(map)"],
  [Set, "return [...set]"],
  [WeakMap, "return an object"],
  [WeakSet, "return an array"],
  [Response, "return what it holds, such as await response.json()"],
  [Request, "return what it holds"],
  [Blob, "return its text, such as await blob.text()"],
  [
    ReadableStream,
    "return what it holds, such as await new Response(stream).text()",
  ],
  [Promise, "await it"],
  [RegExp, "return its source"],
  [Error, "throw it, or return its message"],
  [ArrayBuffer, "return an array of numbers, or text"],
];

/** @returns the text, or why the value has no text */
export function toJson(value: unknown): Written {
  // An action that returns nothing answers null: JSON has no undefined.
  const result = value ?? null;
  // Before it is written: the bytes of a large one would become a far larger text.
  const reason = findReason(result);
  if (reason !== undefined) return { reason };
  try {
    const text = JSON.stringify(result) as string | undefined;
    if (text === undefined) return { reason: `it is a ${typeof value}` };
    const looked = look(result);
    if (looked.reason !== undefined) return { reason: looked.reason };
    return { text, sent: looked.isPlain ? result : JSON.parse(text) };
  } catch (error) {
    return { reason: toReason(error) };
  }
}

/** What writing a value has thrown, as the reason why there is no text. */
export function toReason(error: unknown): string {
  const message =
    error instanceof Error ? error.message : "converting it failed";
  return message.replace(/\.+$/, "");
}

/** What a value costs besides its characters, about in characters. */
const VALUE_COST = 32;

/** Whether the text of a value has more than about this many characters. A value that contains itself has. */
export function isLongerThan(maxLength: number, value: unknown): boolean {
  return estimateLength(value, maxLength) > maxLength;
}

/**
 * Estimates how many characters the text of a value has.
 *
 * @param maxLength where it stops to look
 */
export function estimateLength(value: unknown, maxLength: number): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return VALUE_COST;
  try {
    return estimateGraph(value, maxLength);
  } catch {
    // A getter has thrown. Writing the value will say what is wrong.
    return VALUE_COST;
  }
}

function estimateGraph(root: object, maxLength: number): number {
  const waiting: unknown[] = [root];
  let length = 0;
  while (waiting.length > 0 && length <= maxLength) {
    const value = waiting.pop();
    length += VALUE_COST;
    if (typeof value === "string") length += value.length;
    if (typeof value !== "object" || value === null) continue;
    if (ArrayBuffer.isView(value)) {
      length += value.byteLength;
      continue;
    }
    const isArray = Array.isArray(value);
    if (isArray && length + value.length * VALUE_COST > maxLength)
      return length + value.length * VALUE_COST;
    const members: unknown[] = isArray ? value : Object.values(value);
    for (const member of members) waiting.push(member);
  }
  return length;
}

interface Looked {
  /** Whether it consists of nothing but what JSON has, so that it is what a caller will read. */
  isPlain: boolean;
  reason: string | undefined;
  /** How many values it has, with all members and items. */
  valueCount: number;
}

/**
 * @param root has been written, so that it does not contain itself, or there is a limit
 * @param maxCount of values; beyond that no reason is given, and there are more than these
 */
export function look(root: unknown, maxCount = Infinity): Looked {
  const looked: Looked = { isPlain: true, reason: undefined, valueCount: 0 };
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    looked.valueCount += 1;
    if (looked.valueCount + waiting.length > maxCount) {
      looked.valueCount = Infinity;
      return looked;
    }
    if (typeof value !== "object" || value === null) {
      if (value === undefined) looked.isPlain = false;
      continue;
    }
    if (Array.isArray(value)) {
      for (const item of value as unknown[]) waiting.push(item);
      continue;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      looked.isPlain = false;
      looked.reason = findReason(value);
      if (looked.reason !== undefined) return looked;
    }
    if (typeof (value as { toJSON?: unknown }).toJSON === "function") {
      looked.isPlain = false;
      continue;
    }
    for (const member of Object.values(value)) waiting.push(member);
  }
  return looked;
}

/** @returns such as "it contains a Map, which has no members; return Object.fromEntries(map)" */
export function findReason(value: unknown): string | undefined {
  return typeof value === "object" && value !== null
    ? findReasonOf(value)
    : undefined;
}

function findReasonOf(value: object): string | undefined {
  if (typeof (value as { toJSON?: unknown }).toJSON === "function")
    return undefined;
  const found = EMPTY.find(([type]) => value instanceof type);
  const isIterator =
    typeof (value as { next?: unknown }).next === "function" &&
    (Symbol.iterator in value || Symbol.asyncIterator in value);
  if (found === undefined && !isIterator && !ArrayBuffer.isView(value))
    return undefined;
  const [, advice] = found ?? [undefined, "return an array of what it has"];
  const name = isIterator ? "generator" : value.constructor.name;
  return `it contains a ${name}, whose contents JSON does not have; ${advice}`;
}
