/** The `Prefer` request header, as far as running an action is concerned (RFC 7240). */

/** What the caller prefers. */
export interface Preference {
  /** `respond-async`: RFC 7240 section 4.1. */
  readonly respondAsync: boolean;
  /** `wait`, in seconds: RFC 7240 section 4.3. */
  readonly waitSeconds: number | undefined;
}

/**
 * One element of a comma-separated list: commas inside a quoted string do not end it. One that is never closed goes to
 * the end. Strangers write this: each pattern reads a header once, however it is made.
 */
const ELEMENTS = /(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^,"])+/gs;
/** `token [ BWS "=" BWS ( token / quoted-string ) ]`, then parameters, which no preference here has. */
const PREFERENCE =
  /^[ \t]*([\w!#$%&'*+.^`|~-]+)(?:[ \t]*=[ \t]*(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)"))?[ \t]*(?:;.*)?$/s;
/** What larger numbers of seconds mean: RFC 9111 section 1.2.2. */
const MAX_SECONDS = 2 ** 31;

/**
 * Reads the header. What is malformed or unknown is ignored and the first of two equal preferences counts, both as
 * RFC 7240 section 2 says.
 */
export function parsePrefer(header: string): Preference {
  const preferences = new Map<string, string>();
  for (const [element] of header.matchAll(ELEMENTS)) {
    const match = PREFERENCE.exec(element);
    if (match === null) continue;
    const [, name = "", token, quoted] = match;
    const key = name.toLowerCase();
    if (!preferences.has(key)) preferences.set(key, token ?? quoted ?? "");
  }
  const wait = preferences.get("wait") ?? "";
  return {
    respondAsync: preferences.get("respond-async") === "",
    waitSeconds: /^\d+$/.test(wait)
      ? Math.min(Number(wait), MAX_SECONDS)
      : undefined,
  };
}
