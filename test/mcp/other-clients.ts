/**
 * Tries other MCP clients against the executable, isolated, over both transports and after a restart. It installs them
 * from their registries into a temporary folder: `bun test/mcp/other-clients.ts`, after `bun run build`.
 */
import { $ } from "bun";
import { join } from "node:path";
import { findPort } from "../find-port.ts";
import { CLIENT, TestIssuer } from "../oauth/test-issuer.ts";
import {
  EXECUTABLE,
  FIXTURES,
  makeTemporaryFolder,
  startExecutable,
} from "../server.ts";

const PACKAGES = [
  "@modelcontextprotocol/sdk@1.32.2",
  "@modelcontextprotocol/inspector@2.12.0",
];
const folder = makeTemporaryFolder();
const data = join(folder, "data");
const python = join(folder, "venv/bin/python");
const stdio = [
  EXECUTABLE,
  "mcp",
  "--actions",
  FIXTURES,
  "--data",
  join(folder, "stdio"),
];

const OLD_SDK = `
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
const client = new Client({ name: "other", version: "1.0.0" });
await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2])));
const result = await client.callTool({ name: "probe_add", arguments: { a: 40, b: 2 } });
console.log(JSON.stringify(result));
await client.close();
`;

const PYTHON = `
import asyncio, sys
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

async def use(streams):
    async with streams as (read, write, *_):
        async with ClientSession(read, write) as session:
            await session.initialize()
            print(await session.call_tool("probe_add", {"a": 40, "b": 2}))

url, command, *args = sys.argv[1:]
asyncio.run(use(streamable_http_client(url)))
asyncio.run(use(stdio_client(StdioServerParameters(command=command, args=args))))
`;

/** It finds the issuer by itself, and keeps what it gets there in memory. */
const SIGNED_IN = `
import asyncio, sys
from mcp import ClientSession
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

class Memory:
    tokens = client = None
    async def get_tokens(self): return self.tokens
    async def set_tokens(self, tokens): self.tokens = tokens
    async def get_client_info(self): return self.client
    async def set_client_info(self, client): self.client = client

async def main(url, issuer, name, secret):
    auth = ClientCredentialsOAuthProvider(url, Memory(), name, secret, issuer=issuer)
    async with create_mcp_http_client(auth=auth) as http:
        async with streamable_http_client(url, http_client=http) as (read, write, *_):
            async with ClientSession(read, write) as session:
                await session.initialize()
                print(await session.call_tool("probe_add", {"a": 40, "b": 2}))

asyncio.run(main(*sys.argv[1:]))
`;

await Bun.write(join(folder, "package.json"), '{ "private": true }');
await Bun.write(join(folder, "old-sdk.ts"), OLD_SDK);
await Bun.write(join(folder, "client.py"), PYTHON);
await Bun.write(join(folder, "signed-in.py"), SIGNED_IN);
await $`${process.execPath} add ${PACKAGES}`.cwd(folder).quiet();
await $`python3 -m venv venv && ${python} -m pip install --quiet mcp`.cwd(
  folder,
);

async function expect42(name: string, output: Promise<string>): Promise<void> {
  const text = await output;
  if (!text.includes("42")) throw new Error(`${name} answered ${text}`);
  process.stdout.write(`${name}: 42\n`);
}

async function signIn(): Promise<void> {
  await using issuer = await TestIssuer.open();
  const port = await findPort();
  const url = `http://localhost:${port}`;
  const options = [
    "--port",
    String(port),
    "--server-url",
    url,
    "--oauth-issuer",
    issuer.url,
  ];
  await using _ = await startExecutable({ options });
  const { clientId, clientSecret } = CLIENT;
  await expect42(
    "The Python client, with an access token",
    $`${python} signed-in.py ${url}/mcp ${issuer.url} ${clientId} ${clientSecret}`
      .cwd(folder)
      .quiet()
      .text(),
  );
}

await using servers = new AsyncDisposableStack();
let earlier: string | undefined;
for (const [what, options] of [
  ["in the server's process", []],
  ["isolated, after a restart", ["--isolation", "process"]],
] as const) {
  const server = servers.use(await startExecutable({ data, options }));
  const url = `${server.url}/mcp`;
  const inspector = join(folder, "node_modules/.bin/mcp-inspector");
  const inspect = (...rest: readonly string[]) =>
    $`${process.execPath} ${inspector} --cli ${rest}`
      .cwd(folder)
      .quiet()
      .text();
  const call = ["--method", "tools/call", "--tool-name", "probe_add"];
  const input = ["--tool-arg", "a=40", "--tool-arg", "b=2"];
  const overHttp = [url, "--transport", "http"];
  await expect42(
    `The first TypeScript SDK, ${what}`,
    $`${process.execPath} old-sdk.ts ${url}`.cwd(folder).text(),
  );
  const answered = inspect(...overHttp, ...call, ...input);
  await expect42(`The inspector over HTTP, ${what}`, answered);
  await expect42(
    `The inspector over standard input and output, ${what}`,
    inspect(...stdio, ...options, ...call, ...input),
  );
  await expect42(
    `The Python client over both, ${what}`,
    $`${python} client.py ${url} ${stdio} ${options}`
      .cwd(folder)
      .quiet()
      .text(),
  );
  if (earlier !== undefined)
    await expect42(
      "The inspector, about a run from before the restart",
      inspect(...overHttp, "--method", "resources/read", "--uri", earlier),
    );
  const [, id] = /"run_id": "([^"]+)"/.exec(await answered) ?? [];
  earlier = `actiond://runs/${id}`;
  await server.stop();
}
await signIn();
