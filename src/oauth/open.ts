/** Accepts access tokens where an issuer is configured. Only then is the library that checks them loaded. */
import type {
  AccessTokens,
  ProtectedResource,
} from "../access/access-tokens.ts";
import { UsageError } from "../errors.ts";
import type { Log } from "../log.ts";

export interface OauthConfig {
  /** Undefined: only API keys are accepted. */
  readonly oauthIssuer: string | undefined;
  /** None: the URL of the server, alone or followed by /mcp. */
  readonly oauthAudiences: readonly string[];
  /** The claim that names the packages of a caller; undefined: all packages. */
  readonly oauthPackagesClaim: string | undefined;
  /** The URL by which clients call the server. */
  readonly serverUrl: string | undefined;
}

/**
 * It does not wait for the issuer, but looks for it soon, so that a mistake is in the log before a token is.
 *
 * @throws {UsageError} an option lacks another one
 */
export async function openAccessTokens(
  config: OauthConfig,
  { log }: { readonly log: Log },
): Promise<AccessTokens | undefined> {
  const resource = findProtectedResource(config);
  if (resource === undefined) return undefined;
  const { TokenChecker } = await import("./token-checker.ts");
  const { url } = resource;
  const { oauthAudiences: audiences, oauthPackagesClaim } = config;
  const checker = new TokenChecker({
    issuer: resource.issuer,
    // Clients name the server by the one or the other (RFC 8707), and some end a host with a slash.
    audiences:
      audiences.length > 0 ? audiences : [url, `${url}/`, `${url}/mcp`],
    packagesClaim: oauthPackagesClaim,
    log,
  });
  void checker.prepare();
  return checker;
}

/**
 * @returns undefined when no issuer is configured
 * @throws {UsageError} an option lacks another one
 */
export function findProtectedResource({
  oauthIssuer: issuer,
  oauthAudiences,
  oauthPackagesClaim,
  serverUrl: url,
}: OauthConfig): ProtectedResource | undefined {
  if (issuer === undefined) {
    if (oauthAudiences.length > 0 || oauthPackagesClaim !== undefined)
      throw new UsageError(
        "--oauth-audience and --oauth-packages-claim have no effect without --oauth-issuer.",
      );
    return undefined;
  }
  if (url === undefined)
    throw new UsageError(
      "--oauth-issuer needs --server-url, because tokens are issued for the URL by which clients call the server.",
    );
  return { url, issuer };
}
