/** Access tokens of an OAuth issuer: the port through which they become callers, and what their scopes are called. */
import type { Caller } from "./caller.ts";

export interface AccessTokens {
  /** @throws {ServerError} `unauthorized` when the token is not valid here, `issuer_unavailable` when nobody can tell */
  identify(token: string): Promise<Caller>;
}

/** The server as clients of OAuth know it (RFC 9728). */
export interface ProtectedResource {
  /** The URL by which clients call the server, without a slash at its end. */
  readonly url: string;
  /** Whose access tokens it accepts. */
  readonly issuer: string;
}

/** Scopes belong to an issuer, which may name those of other servers as well. */
const SCOPE_PREFIX = "actiond:";

/** Signed JSON in the compact form (RFC 7515 section 3.1). `ey` is how an object begins in base64url. */
const FORM = /^ey[\w-]+\.[\w-]+\.[\w-]+$/;

/** @returns whether the text looks like an access token. No API key that actiond makes does. */
export function isAccessToken(text: string): boolean {
  return FORM.test(text);
}

/** @returns what an issuer calls the scope */
export function toTokenScope(scope: string): string {
  return `${SCOPE_PREFIX}${scope}`;
}
