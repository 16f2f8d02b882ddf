/** Parses the `Prefer` request header (RFC 7240) as far as it concerns running an action. */

/** The preferences that this server knows. */
export interface Preference {
  /** Whether the header has `respond-async` (RFC 7240 section 4.1). */
  readonly respondAsync: boolean;
  /** The value of `wait` in seconds (RFC 7240 section 4.3). */
  readonly waitSeconds: number | undefined;
}

/**
 * One element of a comma-separated list. A comma inside a quoted string does not end it, and a quoted string that is
 * never closed reaches to the end. Both patterns take linear time, whatever a stranger sends.
 */
const ELEMENTS = /(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^,"])+/gs;
/** `token [ BWS "=" BWS ( token / quoted-string ) ]`, then parameters, which none of these preferences has. */
const PREFERENCE =
  /^[ \t]*([\w!#$%&'*+.^`|~-]+)(?:[ \t]*=[ \t]*(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)"))?[ \t]*(?:;.*)?$/s;
/** Larger numbers of seconds mean this number (RFC 9111 section 1.2.2). */
const MAX_SECONDS = 2 ** 31;

/**
 * Parses the header. Malformed and unknown preferences are ignored, and the first of two equal ones counts, both as RFC
 * 7240 section 2 says.
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
