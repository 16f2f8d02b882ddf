/** Reads the API key of a request: `Authorization: Bearer KEY` (RFC 6750 section 2.1), or `x-api-key: KEY`. */
import { ServerError } from "../../errors.ts";

const SCHEME = "bearer";

/**
 * @returns the key as it was sent, which may be anything; undefined when none was
 * @throws {ServerError} `invalid_header` when two different ones were: which of them counts would be a guess
 */
export function readKey(headers: Headers): string | undefined {
  const authorization = headers.get("authorization");
  const bearer =
    authorization === null ? undefined : parseBearer(authorization);
  const key = headers.get("x-api-key") ?? undefined;
  if (bearer !== undefined && key !== undefined && bearer !== key)
    throw new ServerError(
      "invalid_header",
      "authorization and x-api-key carry different keys. Send one of them.",
    );
  return bearer ?? key;
}

/**
 * The scheme in any case, then spaces, then all the rest (RFC 9110 section 11.4).
 *
 * @returns what follows the scheme; undefined when that is another one, which may be meant for a proxy
 */
export function parseBearer(authorization: string): string | undefined {
  const scheme = authorization.slice(0, SCHEME.length);
  const rest = authorization.slice(SCHEME.length);
  if (scheme.toLowerCase() !== SCHEME) return undefined;
  if (rest !== "" && !rest.startsWith(" ")) return undefined;
  return rest.trim();
}

/** @returns `www-authenticate` of a 401: with what is wrong only when a key was sent (RFC 6750 section 3.1) */
export function toChallenge({ headers }: Request): string {
  const isSent =
    headers.has("x-api-key") ||
    parseBearer(headers.get("authorization") ?? "") !== undefined;
  return `Bearer realm="actiond"${isSent ? ', error="invalid_token"' : ""}`;
}
