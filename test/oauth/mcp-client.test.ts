/** The official MCP client finds the issuer by itself, and calls tools with the token that it gets there. */
import { ClientCredentialsProvider } from "@modelcontextprotocol/client";
import { expect, test } from "bun:test";
import { findPort } from "../find-port.ts";
import { connect, ERAS } from "../mcp/connect.ts";
import { startInProcess } from "../server.ts";
import { CLIENT, TestIssuer } from "./test-issuer.ts";

test.each(ERAS)(
  "a client whose era is %s asks for a token for this server, and calls a tool with it",
  async (era) => {
    await using issuer = await TestIssuer.open();
    const port = await findPort();
    const url = `http://localhost:${port}`;
    await using server = await startInProcess({
      options: [
        "--port",
        String(port),
        "--server-url",
        url,
        "--oauth-issuer",
        issuer.url,
      ],
    });
    expect((await server.request("/mcp", { method: "POST" })).status).toBe(401);
    const provider = new ClientCredentialsProvider({
      ...CLIENT,
      expectedIssuer: issuer.url,
    });
    await using connected = await connect(url, era, { provider });
    const { client } = connected;
    const input = { a: 40, b: 2 };
    const called = await client.callTool({
      name: "probe_add",
      arguments: input,
    });
    expect(called.content).toEqual([{ type: "text", text: "42" }]);
    expect(issuer.asked.map((form) => Object.fromEntries(form))).toEqual([
      {
        grant_type: "client_credentials",
        resource: `${url}/mcp`,
        scope: "actiond:run actiond:read actiond:cancel",
      },
    ]);
  },
);

test.each([
  [
    ["--oauth-issuer", "https://a.example"],
    "--oauth-issuer needs --server-url",
  ],
  [["--oauth-audience", "a"], "have no effect without --oauth-issuer"],
  [["--oauth-packages-claim", "a"], "have no effect without --oauth-issuer"],
])("a server does not start with %j alone", async (options, message) => {
  const started = startInProcess({ options });
  expect(await started.catch((error: unknown) => error)).toMatchObject({
    name: "UsageError",
    message: expect.stringContaining(message),
  });
});
