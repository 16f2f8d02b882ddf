/** Makes what is logged fit for a log: JSON can hold it, and it has no secrets. */
import { withoutHidden } from "./hidden.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Compared with names in lower case and without `-` and `_`, so that it matches `X-API-Key`, `set-cookie` and `accessToken` too. */
const SECRET =
  /(?:authorization|cookies?|apikeys?|passwords?|passwd|passphrases?|pwd|secrets?|tokens?|credentials?|privatekeys?|secretkeys?|accesskeys?)$/;
/** Secrets that can be told from other text: keys of this server, secrets of callbacks, and credentials of requests and URLs. */
const SECRET_TEXT =
  /actiond_[0-9a-z]{50,}|whsec_[\w+/=]{8,}|(?<=\bbearer )[\w.~+/=-]{8,}|(?<=\/\/[^\s/@:]*:)[^\s/@]+(?=@)/gi;
/** A quoted value after such a name, as `console.log({ password: "…" })` prints it: written as JavaScript, or as JSON. */
const SECRET_MEMBER =
  /(?<=(?:authorization|cookies?|api[-_]?keys?|passwords?|passwd|passphrases?|pwd|secrets?|tokens?|credentials?|private[-_]?keys?|secret[-_]?keys?|access[-_]?keys?)["']?\s{0,4}[:=]\s{0,4})(["'`])(?:\\.|(?!\1)[^\\])*\1/gis;
const MAX_DEPTH = 8;
/** Longer texts are cut: what nobody reads must not keep a line from being written. */
const MAX_TEXT_LENGTH = 65_536;
/** All texts of a line together. */
const MAX_LINE_LENGTH = 262_144;

/** @returns the text without what is recognizably a secret, and without values that are hidden now */
export function maskSecrets(text: string): string {
  return withoutHidden(text)
    .replace(SECRET_TEXT, "[redacted]")
    .replace(SECRET_MEMBER, "$1[redacted]$1");
}

/** @returns a copy that JSON can hold, without secrets. It never throws. */
export function toLoggable(value: unknown): unknown {
  return toWritable(value, { holders: [], line: { left: MAX_LINE_LENGTH } });
}

/** @returns the text, or its start and how long it was */
export function cutText(text: string, length = MAX_TEXT_LENGTH): string {
  return text.length > length
    ? `${text.slice(0, length)}… (${text.length} characters)`
    : text;
}

interface Place {
  /** The objects that the value is in. */
  readonly holders: readonly object[];
  /** How much text the line may still have. */
  readonly line: { left: number };
}

function toWritable(value: unknown, { holders, line }: Place): unknown {
  if (typeof value === "string") return cut(value, line);
  if (typeof value !== "object" || value === null) return value;
  if (holders.includes(value)) return "[circular]";
  if (holders.length === MAX_DEPTH) return "[too deep]";
  const inside = { holders: [...holders, value], line };
  try {
    if ("toJSON" in value && typeof value.toJSON === "function")
      return toWritable(value.toJSON(), inside);
    if (Array.isArray(value))
      return value.map((item) => toWritable(item, inside));
    const members = value instanceof Error ? toMembers(value) : value;
    return Object.fromEntries(
      Object.entries(members).map(([name, member]) => [
        withoutHidden(name),
        isSecretName(name) && !isCount(name, member)
          ? "[redacted]"
          : toWritable(member, inside),
      ]),
    );
  } catch {
    return "[unreadable]";
  }
}

/** Lists the members of an error that JSON would leave out. */
function toMembers(error: Error): Fields {
  const { name, message, stack, cause } = error;
  const errors = error instanceof AggregateError ? error.errors : undefined;
  const added = Object.fromEntries(Object.entries(error));
  return { type: name, message, stack, cause, errors, ...added };
}

function cut(text: string, line: Place["line"]): string {
  const short = cutText(
    withoutHidden(text),
    Math.min(MAX_TEXT_LENGTH, line.left),
  );
  line.left = Math.max(0, line.left - short.length);
  return short;
}

/** Whether a member of this name has a secret, such as `X-API-Key`. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name.replaceAll(/[-_]/g, "").toLowerCase());
}

/** Language models count tokens. */
function isCount(name: string, value: unknown): boolean {
  return typeof value === "number" && /tokens$/i.test(name);
}
