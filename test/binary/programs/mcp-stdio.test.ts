/** The executable serves an MCP client over standard input and output, as editors and desktop clients start it. */
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ERAS, type Era, runIdOf } from "../../mcp/connect.ts";
import { EXECUTABLE, FIXTURES, makeTemporaryFolder } from "../../server.ts";

async function start(era: Era, data: string, ...options: string[]) {
  const client = new Client(
    { name: "test", version: "1.0.0" },
    { versionNegotiation: { mode: era } },
  );
  const transport = new StdioClientTransport({
    command: EXECUTABLE,
    args: ["mcp", "--actions", FIXTURES, "--data", data, ...options],
    cwd: "/",
    stderr: "ignore",
  });
  await client.connect(transport);
  return client;
}

async function readRun(client: Client, id: string): Promise<unknown> {
  const uri = `actiond://runs/${id}`;
  const { contents } = await client.readResource({ uri });
  const [{ text } = { text: "null" }] = contents as { text: string }[];
  return JSON.parse(text) as unknown;
}

describe.each(ERAS)("a client whose era is %s", (era) => {
  const data = makeTemporaryFolder();
  let client: Client;
  beforeAll(async () => {
    client = await start(era, data);
  });
  afterAll(() => client.close());

  test("calls a tool", async () => {
    const result = await client.callTool({
      name: "probe_add",
      arguments: { a: 40, b: 2 },
    });
    expect(result.content).toEqual([{ type: "text", text: "42" }]);
  });

  test("is not confused by what an action prints", async () => {
    expect(await client.callTool({ name: "probe_prints" })).not.toHaveProperty(
      "isError",
      true,
    );
    expect((await client.listTools()).tools).not.toBeEmpty();
  });

  test("cancels the run of a call that it gives up", async () => {
    const controller = new AbortController();
    const call = client
      .callTool({ name: "probe_forever" }, { signal: controller.signal })
      .catch(() => "given up");
    const newest = async () => {
      const uri = "actiond://runs";
      const { contents } = await client.readResource({ uri });
      const [{ text } = { text: "[]" }] = contents as { text: string }[];
      const [run] = JSON.parse(text) as { action_id: string; state: string }[];
      return run?.action_id === "probe/forever" ? run.state : undefined;
    };
    while ((await newest()) !== "running");
    controller.abort();
    expect(await call).toBe("given up");
    while ((await newest()) === "running");
    expect(await newest()).toBe("cancelled");
  });

  test("finds its runs again after the program was started again, which calls isolated actions", async () => {
    const id = runIdOf(await client.callTool({ name: "probe_noop" }));
    await client.close();
    client = await start(era, data, "--isolation", "process");
    expect(await readRun(client, id)).toMatchObject({ state: "passed" });
    const call = { name: "probe_add", arguments: { a: 1 } };
    expect((await client.callTool(call)).content).toEqual([
      { type: "text", text: "2" },
    ]);
  });
});

test("the program ends when its client closes standard input", async () => {
  const data = makeTemporaryFolder();
  const child = Bun.spawn(
    [EXECUTABLE, "mcp", "--actions", FIXTURES, "--data", data],
    { cwd: "/", env: {}, stdin: "pipe", stdout: "pipe", stderr: "pipe" },
  );
  await child.stdin.end();
  expect(await child.exited).toBe(0);
  expect(await child.stdout.text()).toBe("");
  expect(await child.stderr.text()).toContain(
    "the client has closed standard input",
  );
});

test("standard output carries nothing but messages, one on each line", async () => {
  const data = makeTemporaryFolder();
  const child = Bun.spawn(
    [EXECUTABLE, "mcp", "--actions", FIXTURES, "--data", data],
    { cwd: "/", env: {}, stdin: "pipe", stdout: "pipe", stderr: "ignore" },
  );
  const send = async (id: number, method: string, params: object) =>
    child.stdin.write(
      `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`,
    );
  await send(1, "initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1.0.0" },
  });
  await send(2, "tools/call", { name: "probe_prints", arguments: {} });
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes('"id":2'))
    text += Buffer.from((await reader.read()).value ?? []).toString();
  await child.stdin.end();
  await child.exited;
  for (const line of text.trim().split("\n"))
    expect(JSON.parse(line)).toMatchObject({ jsonrpc: "2.0" });
});
