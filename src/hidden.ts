/** Values that no log of this process may show: the secrets of runs, while they are in use. */

/** Shorter values occur in too many words that are not secret. */
const MIN_LENGTH = 4;
/** What a run has left behind may log for a while after its end. */
const LINGER_MS = 5000;
const PLACEHOLDER = "[redacted]";

/** How many hold each spelling of a value. */
const holders = new Map<string, number>();
/**
 * The spellings by a hash of the characters that they begin with: a text is read once, however many there are. Users may
 * send a secret with each request.
 */
const beginnings = new Map<number, Set<string>>();

/**
 * Hides values, also as JSON, base64 and percent-encoding write them, until some seconds after what it returns is
 * disposed of. Values of less than four characters are not hidden.
 */
export function hide(values: Iterable<string>): Disposable {
  const held = new Set([...values].flatMap(toSpellings));
  if (held.size === 0) return { [Symbol.dispose]: () => undefined };
  for (const spelling of held) hold(spelling);
  return {
    [Symbol.dispose]: () => {
      setTimeout(() => {
        for (const spelling of held) release(spelling);
        held.clear();
      }, LINGER_MS).unref();
    },
  };
}

/** @returns the text without any value that is hidden now */
export function withoutHidden(text: string): string {
  if (beginnings.size === 0) return text;
  let shown = "";
  let end = 0;
  for (let index = 0; index + MIN_LENGTH <= text.length; index += 1) {
    const begun = beginnings.get(hashAt(text, index));
    const found = begun && findLongest(begun, text, index);
    if (found === undefined) continue;
    // Two values may overlap.
    if (index >= end) shown += text.slice(end, index) + PLACEHOLDER;
    end = Math.max(end, index + found.length);
  }
  return end === 0 ? text : shown + text.slice(end);
}

/** @returns JSON without any value that is hidden now; its numbers and the names of its members stay */
export function jsonWithoutHidden(value: unknown): unknown {
  if (beginnings.size === 0) return value;
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return undefined;
  return JSON.parse(text, (_name, member: unknown) =>
    typeof member === "string" ? withoutHidden(member) : member,
  );
}

function hold(spelling: string): void {
  const count = holders.get(spelling) ?? 0;
  holders.set(spelling, count + 1);
  if (count > 0) return;
  const hash = hashAt(spelling, 0);
  const begun = beginnings.get(hash) ?? new Set();
  beginnings.set(hash, begun.add(spelling));
}

function release(spelling: string): void {
  const count = (holders.get(spelling) ?? 0) - 1;
  if (count > 0) {
    holders.set(spelling, count);
    return;
  }
  holders.delete(spelling);
  const hash = hashAt(spelling, 0);
  const begun = beginnings.get(hash);
  begun?.delete(spelling);
  if (begun?.size === 0) beginnings.delete(hash);
}

/** One spelling may be the beginning of another. */
function findLongest(
  spellings: ReadonlySet<string>,
  text: string,
  index: number,
): string | undefined {
  let longest: string | undefined;
  for (const spelling of spellings)
    if (
      spelling.length > (longest?.length ?? 0) &&
      text.startsWith(spelling, index)
    )
      longest = spelling;
  return longest;
}

/** Of the `MIN_LENGTH` characters there. */
function hashAt(text: string, index: number): number {
  let hash = 0;
  for (let offset = 0; offset < MIN_LENGTH; offset += 1)
    hash = (Math.imul(hash, 31) + text.charCodeAt(index + offset)) | 0;
  return hash;
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
