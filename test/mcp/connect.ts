/** Connects the official client, in the manner of each era of the protocol. */
import {
  Client,
  type ClientOptions,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";

/** Clients of 2025 open a session; since 2026 each request stands alone. */
export const ERAS = ["legacy", "auto"] as const;
export type Era = (typeof ERAS)[number];

export interface Connected extends AsyncDisposable {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
}

export async function connect(
  url: string,
  era: Era,
  {
    key,
    provider,
    headers = {},
    ...options
  }: ClientOptions & {
    readonly key?: string | undefined;
    readonly headers?: Record<string, string>;
    /** Gets access tokens. */
    readonly provider?: OAuthClientProvider;
  } = {},
): Promise<Connected> {
  const client = new Client(
    { name: "test", version: "1.0.0" },
    { versionNegotiation: { mode: era }, ...options },
  );
  const transport = new StreamableHTTPClientTransport(new URL("/mcp", url), {
    ...(provider === undefined ? {} : { authProvider: provider }),
    requestInit: {
      headers: {
        ...headers,
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
    },
  });
  await client.connect(transport);
  return {
    client,
    transport,
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** The id of the run that a result is of. */
export function runIdOf({
  _meta: meta,
}: {
  _meta?: Record<string, unknown> | undefined;
}): string {
  return String(meta?.["run_id"]);
}
