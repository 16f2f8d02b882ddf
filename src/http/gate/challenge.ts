/** The header `www-authenticate`: how to send a key, and where to get an access token (RFC 6750 section 3, RFC 9728 section 5). */
import {
  type ProtectedResource,
  toTokenScope,
} from "../../access/access-tokens.ts";
import { readKey } from "./credentials.ts";

export const METADATA_PATH = "/.well-known/oauth-protected-resource";
/** The scopes that clients are told of. Nobody should ask for "admin" only because it is there. */
export const OFFERED_SCOPES = ["run", "read", "cancel"].map(toTokenScope);

/** @returns the challenge of a 401, which names an error only when a key was sent (RFC 6750 section 3.1) */
export function toChallenge(
  request: Request,
  resource: ProtectedResource | undefined,
): string {
  const isSent = readKey(request.headers) !== undefined;
  return join(
    isSent ? 'error="invalid_token"' : "",
    ...(resource === undefined
      ? []
      : [toMetadataParameter(request, resource), toScope(OFFERED_SCOPES)]),
  );
}

/** @returns the challenge of a 403: with a token that has this scope, the request is answered (RFC 6750 section 3.1) */
export function toScopeChallenge(
  request: Request,
  resource: ProtectedResource,
  scope: string,
): string {
  return join(
    'error="insufficient_scope"',
    toMetadataParameter(request, resource),
    toScope([toTokenScope(scope)]),
  );
}

function join(...parameters: readonly string[]): string {
  const given = parameters.filter((parameter) => parameter !== "");
  return `Bearer ${['realm="actiond"', ...given].join(", ")}`;
}

function toMetadataParameter(
  { url }: Request,
  resource: ProtectedResource,
): string {
  const isMcp = URL.parse(url)?.pathname === "/mcp";
  return `resource_metadata="${resource.url}${METADATA_PATH}${isMcp ? "/mcp" : ""}"`;
}

function toScope(scopes: readonly string[]): string {
  return `scope="${scopes.join(" ")}"`;
}
