/** Values that no log of this process may show: the secrets of runs, while they are in use. */

/** Shorter values are in too many words that are no secrets. */
const MIN_LENGTH = 4;
/** What a run has left behind may log for a while after its end. */
const LINGER_MS = 10_000;
const PLACEHOLDER = "[redacted]";

/** How many hold each spelling of a value. */
const holders = new Map<string, number>();
/** The longest first: one may be part of another. */
let sorted: readonly string[] = [];

/**
 * Hides values, also as JSON, base64 and percent-encoding write them, until some seconds after what it returns is
 * disposed of. Values of less than four characters are not hidden.
 */
export function hide(values: Iterable<string>): Disposable {
  const held = new Set([...values].flatMap(toSpellings));
  if (held.size === 0) return { [Symbol.dispose]: () => undefined };
  for (const spelling of held)
    holders.set(spelling, (holders.get(spelling) ?? 0) + 1);
  sort();
  return {
    [Symbol.dispose]: () => {
      setTimeout(() => {
        for (const spelling of held) release(spelling);
        held.clear();
        sort();
      }, LINGER_MS).unref();
    },
  };
}

/** @returns the text without any value that is hidden now */
export function withoutHidden(text: string): string {
  let shown = text;
  for (const spelling of sorted)
    if (shown.includes(spelling))
      shown = shown.replaceAll(spelling, PLACEHOLDER);
  return shown;
}

/** @returns JSON without any value that is hidden now; its numbers and the names of its members stay */
export function jsonWithoutHidden(value: unknown): unknown {
  if (sorted.length === 0) return value;
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return undefined;
  return JSON.parse(text, (_name, member: unknown) =>
    typeof member === "string" ? withoutHidden(member) : member,
  );
}

function release(spelling: string): void {
  const count = (holders.get(spelling) ?? 0) - 1;
  if (count > 0) holders.set(spelling, count);
  else holders.delete(spelling);
}

function sort(): void {
  sorted = [...holders.keys()].toSorted(
    (one, other) => other.length - one.length,
  );
}

function toSpellings(value: string): string[] {
  if (value.length < MIN_LENGTH) return [];
  // A key in a PEM file is often logged line by line.
  const lines = value.includes("\n") ? value.split(/\r?\n/) : [];
  return [
    value,
    ...lines,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    ...toBase64(value),
  ].filter(({ length }) => length >= MIN_LENGTH);
}

/** As it is inside the base64 of a longer text, such as `user:password`: that depends on how many bytes come before it. */
function toBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(
      "base64",
    );
    const rest = (before + bytes.length) % 3;
    // The first and the last characters also depend on what stands beside it.
    const start = before === 0 ? 0 : before + 1;
    const end = rest === 0 ? text.length : text.length - (rest === 1 ? 3 : 2);
    return text.slice(start, end);
  });
}
