/** What clients of OAuth learn of the server: who issues its access tokens, and what their scopes are called (RFC 9728). */
import type { ProtectedResource } from "../../access/access-tokens.ts";
import { ServerError } from "../../errors.ts";
import { METADATA_PATH, OFFERED_SCOPES } from "../gate/challenge.ts";
import { operation } from "../operation.ts";
import { jsonReply } from "../reply.ts";

export interface OauthParts {
  /** Undefined: only API keys are accepted. */
  readonly resource?: ProtectedResource | undefined;
}

const shared = {
  method: "GET",
  need: "open",
  replies: { 200: { description: "Who issues access tokens." } },
  problems: ["route_not_found"],
} as const;

const describeResource = operation({
  ...shared,
  id: "protectedResource",
  path: METADATA_PATH,
  summary: "Get the issuers of access tokens for the API",
  handle: (_, { resource }: OauthParts) => describe(resource, ""),
});

const describeMcpResource = operation({
  ...shared,
  id: "protectedMcpResource",
  path: `${METADATA_PATH}/mcp`,
  summary: "Get the issuers of access tokens for MCP",
  handle: (_, { resource }: OauthParts) => describe(resource, "/mcp"),
});

export const oauthOperations = [describeResource, describeMcpResource];

function describe(
  resource: ProtectedResource | undefined,
  path: string,
): Response {
  if (resource === undefined)
    throw new ServerError(
      "route_not_found",
      "No issuer of access tokens is configured here. Send an API key.",
    );
  return jsonReply({
    resource: `${resource.url}${path}`,
    authorization_servers: [resource.issuer],
    scopes_supported: OFFERED_SCOPES,
    bearer_methods_supported: ["header"],
    resource_name: "actiond",
  });
}
