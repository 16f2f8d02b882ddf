/** Tasks of the specification of 2025-11-25: the client asks for one with its call. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { makeGate } from "../scenarios/gate.ts";
import { startInProcess, type TestServer } from "../server.ts";
import { connect, type Connected } from "./connect.ts";

let server: TestServer;
let connected: Connected;
beforeAll(async () => {
  server = await startInProcess();
  connected = await connect(server.url, "legacy");
});
afterAll(async () => {
  await connected[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function ask(method: string, params: object): Promise<any> {
  const reply = await server.request("/mcp", {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-session-id": connected.transport.sessionId ?? "",
      "mcp-protocol-version": "2025-11-25",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1000, method, params }),
  });
  const lines = (await reply.text()).split("\n");
  const data = lines.findLast((line) => line.startsWith("data: {"));
  return JSON.parse(data?.slice("data: ".length) ?? "null");
}

const call = async (name: string, input: object) => {
  const params = { name, arguments: input, task: { ttl: 60_000 } };
  return (await ask("tools/call", params)).result.task;
};

test("the server says that tools can be tasks", async () => {
  expect(connected.client.getServerCapabilities()).toMatchObject({
    tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
  });
  const { tools } = await connected.client.listTools();
  expect(tools[0]).toMatchObject({ execution: { taskSupport: "optional" } });
});

test("the result of a task is fetched when it is there", async () => {
  const gate = makeGate();
  const { taskId, status } = await call("probe_gate", gate.input);
  expect(status).toBe("working");
  expect(await ask("tasks/get", { taskId })).toMatchObject({
    result: { taskId, status: "working", pollInterval: expect.any(Number) },
  });
  const fetched = ask("tasks/result", { taskId });
  gate.open("opened");
  expect(await fetched).toMatchObject({
    result: {
      content: [{ type: "text", text: "opened" }],
      structuredContent: { result: "opened" },
      _meta: {
        run_id: taskId,
        "io.modelcontextprotocol/related-task": { taskId },
      },
    },
  });
  expect(await ask("tasks/get", { taskId })).toMatchObject({
    result: { status: "completed" },
  });
});

test("a task that fails says why, and its result is the error", async () => {
  const { taskId, status } = await call("probe_refuse", {});
  expect(status).toBe("working");
  expect(await ask("tasks/result", { taskId })).toMatchObject({
    result: { isError: true, _meta: { code: "out_of_stock" } },
  });
  expect(await ask("tasks/get", { taskId })).toMatchObject({
    result: { status: "failed", statusMessage: "The shelf is empty." },
  });
});

test("a task is cancelled once", async () => {
  const { taskId } = await call("probe_forever", {});
  expect(await ask("tasks/cancel", { taskId })).toMatchObject({
    result: { taskId, status: "cancelled" },
  });
  expect(await ask("tasks/cancel", { taskId })).toMatchObject({
    error: { code: -32_602 },
  });
});

test("tasks are listed a page at a time, the newest first", async () => {
  for (let count = 0; count < 51; count += 1)
    await connected.client.callTool({ name: "probe_noop" });
  const { taskId } = await call("probe_noop", {});
  await ask("tasks/result", { taskId });
  const first = (await ask("tasks/list", {})).result;
  expect(first.tasks).toBeArrayOfSize(50);
  expect(first.tasks[0].taskId).toBe(taskId);
  const second = await ask("tasks/list", { cursor: first.nextCursor });
  expect(second.result.tasks.length).toBeGreaterThan(1);
  expect(await ask("tasks/list", { cursor: "odd" })).toMatchObject({
    error: { code: -32_602 },
  });
});
