/** Tasks outlive the connection that began them, and the process. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { askModern } from "../mcp/ask-modern.ts";
import { makeGate } from "../scenarios/gate.ts";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestProcess,
} from "../server.ts";

const call = async (server: TestProcess, name: string, input: unknown) => {
  const params = { name, arguments: input };
  return (await askModern(server, "tools/call", params)).result;
};
const get = async (server: TestProcess, taskId: string) =>
  (await askModern(server, "tasks/get", { taskId })).result;

test("a long call becomes a task, whose result is there when it has ended", async () => {
  await using server = await startExecutable();
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
  await using server = await startExecutable();
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
  await using server = await startExecutable();
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
  await using server = await startExecutable();
  const missing = await askModern(server, "tasks/get", { taskId: "nothing" });
  expect(missing.error).toMatchObject({
    code: -32_602,
    message: 'There is no run "nothing".',
  });
});
