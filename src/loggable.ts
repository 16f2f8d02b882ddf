/** Makes what is logged fit for a log: JSON can hold it, and it has no secrets. */

type Fields = Readonly<Record<string, unknown>>;

/** Compared with names in lower case and without `-` and `_`, so that it matches `X-API-Key`, `set-cookie` and `accessToken` too. */
const SECRET = /(?:authorization|cookies?|apikey|password|secrets?|token)$/;
/** Secrets that can be told from other text: keys of this server, secrets of callbacks, and credentials of requests and URLs. */
const SECRET_TEXT =
  /actiond_[0-9a-z]{50,}|whsec_[\w+/=]{8,}|(?<=\bbearer )[\w.~+/=-]{8,}|(?<=\/\/[^\s/@:]*:)[^\s/@]+(?=@)/gi;
const MAX_DEPTH = 8;

/** @returns the text without what is recognizably a secret */
export function maskSecrets(text: string): string {
  return text.replace(SECRET_TEXT, "[redacted]");
}

/** @returns a copy that JSON can hold, without secrets. It never throws. */
export function toLoggable(value: unknown): unknown {
  return toWritable(value, []);
}

function toWritable(value: unknown, holders: readonly object[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (holders.includes(value)) return "[circular]";
  if (holders.length === MAX_DEPTH) return "[too deep]";
  const inside = [...holders, value];
  try {
    if ("toJSON" in value && typeof value.toJSON === "function")
      return toWritable(value.toJSON(), inside);
    if (Array.isArray(value))
      return value.map((item) => toWritable(item, inside));
    const members = value instanceof Error ? toMembers(value) : value;
    return Object.fromEntries(
      Object.entries(members).map(([name, member]) => [
        name,
        isSecret(name) ? "[redacted]" : toWritable(member, inside),
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

function isSecret(name: string): boolean {
  return SECRET.test(name.replaceAll(/[-_]/g, "").toLowerCase());
}
