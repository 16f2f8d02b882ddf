/** Reads the API key of a request: `Authorization: Bearer KEY` (RFC 6750 section 2.1), or `x-api-key: KEY`. */
import { ServerError } from "../../errors.ts";

const SCHEME = "bearer";

/**
 * @returns the key as it was sent, which may be any text; undefined when none was sent
 * @throws {ServerError} `invalid_header` when two different keys were sent, because either could be meant
 */
export function readKey(headers: Headers): string | undefined {
  const authorization = headers.get("authorization");
  const bearer =
    authorization === null ? undefined : parseBearer(authorization);
  const key = headers.get("x-api-key") ?? undefined;
  if (bearer !== undefined && key !== undefined && bearer !== key)
    throw new ServerError(
      "invalid_header",
      "The headers authorization and x-api-key carry different keys. Send only one of them.",
    );
  return bearer ?? key;
}

/**
 * Parses the scheme, in upper or lower case, then spaces, then the rest (RFC 9110 section 11.4).
 *
 * @returns what follows the scheme; undefined for any other scheme, which may be meant for a proxy
 */
export function parseBearer(authorization: string): string | undefined {
  const scheme = authorization.slice(0, SCHEME.length);
  const rest = authorization.slice(SCHEME.length);
  if (scheme.toLowerCase() !== SCHEME) return undefined;
  if (rest !== "" && !rest.startsWith(" ")) return undefined;
  return rest.trim();
}
