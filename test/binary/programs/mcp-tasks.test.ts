/** Tasks outlive the connection that began them, and the process. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { askModern } from "../../mcp/ask-modern.ts";
import { makeGate } from "../../scenarios/gate.ts";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestServer,
} from "../../server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startExecutable();
});
afterAll(() => server[Symbol.asyncDispose]());

const call = async (from: TestServer, name: string, input: unknown) => {
  const params = { name, arguments: input };
  return (await askModern(from, "tools/call", params)).result;
};
const get = async (from: TestServer, taskId: string) =>
  (await askModern(from, "tasks/get", { taskId })).result;

test("a long call becomes a task, whose result is there when it has ended", async () => {
  const gate = makeGate();
  const task = await call(server, "probe_gate", gate.input);
  expect(task).toMatchObject({ resultType: "task", status: "working" });
  const { taskId } = task;
  const run = await (await server.request(`/api/runs/${taskId}`)).json();
  expect(run).toMatchObject({ id: taskId, state: "running", detached: true });
  expect(await get(server, taskId)).toMatchObject({ status: "working" });
  gate.open();
  await server.request(`/api/runs/${taskId}?wait=10`);
  expect(await get(server, taskId)).toMatchObject({
    status: "completed",
    result: { structuredContent: expect.any(String) },
  });
});

test("a task says how far its run has come", async () => {
  const gate = makeGate();
  const { taskId } = await call(server, "probe_tells", gate.input);
  expect(await get(server, taskId)).toMatchObject({
    status: "working",
    statusMessage: "25 %: a quarter",
  });
  gate.open();
  await server.request(`/api/runs/${taskId}?wait=10`);
});

test("a task that is cancelled ends its run", async () => {
  const { taskId } = await call(server, "probe_forever", {});
  expect(await askModern(server, "tasks/cancel", { taskId })).toMatchObject({
    result: { resultType: "complete" },
  });
  expect(await get(server, taskId)).toMatchObject({ status: "cancelled" });
});

test("a task is known after its server was killed, and says what became of it", async () => {
  const data = join(makeTemporaryFolder(), "data");
  await using first = await startExecutable({ data });
  const { taskId } = await call(first, "probe_forever", {});
  await first.kill();

  await using second = await startExecutable({ data });
  expect(await get(second, taskId)).toMatchObject({
    taskId,
    status: "cancelled",
    statusMessage: "The server stopped while the run was running.",
  });
});

test("a task that does not exist is an error of the protocol", async () => {
  const missing = await askModern(server, "tasks/get", { taskId: "nothing" });
  expect(missing.error).toMatchObject({
    code: -32_602,
    message: 'There is no run "nothing".',
  });
});
