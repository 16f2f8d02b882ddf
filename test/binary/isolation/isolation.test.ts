/** Isolated actions in the executable: what they do to their process is no matter to anything else. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { makeGate } from "../../scenarios/gate.ts";
import { DETACH, idOf } from "../../scenarios/scene.ts";
import { ISOLATED, startExecutable, type TestProcess } from "../../server.ts";
import { childrenOf, killIfThere, untilEnded } from "../serving/processes.ts";

const GRACE = ["--grace", "100ms", "--log-format", "json"];

let server: TestProcess;
beforeAll(async () => {
  server = await startExecutable({
    actions: ISOLATED,
    options: [...GRACE, "--max-children", "2", "--child-memory", "200MB"],
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const result = async (id: string, wait = 0) =>
  server.request(`/api/runs/${id}/result?wait=${wait}`);
const find = async (id: string) =>
  (await server.request(`/api/runs/${id}`)).json() as Promise<any>;

/** Begins a run that does not end. @returns its id, and its process once it is in its code */
async function block(from: TestProcess, way: string) {
  const { path } = makeGate().input;
  const id = idOf(await from.run("isolated-block", { path, way }, DETACH));
  while (!existsSync(path)) await Bun.sleep(1);
  return { id, pid: Number(readFileSync(path, "utf8")) };
}

test("a run whose process ended is tried again in another process if its action says so", async () => {
  const reply = await server.run("isolated-crashes", {});
  expect(await reply.json()).toBe(2);
  expect(await find(idOf(reply))).toMatchObject({ status: 2, attempt: 2 });
});

describe("processes that end under their run", () => {
  test.each([
    [
      "exit",
      { exit_code: 7, signal: null },
      "The process of the run ended with exit code 7.",
    ],
    [
      "abort",
      { exit_code: null, signal: "SIGABRT" },
      "The process of the run was killed by the signal SIGABRT.",
    ],
    [
      "kill",
      { exit_code: null, signal: "SIGKILL" },
      "The process of the run was killed by the signal SIGKILL.",
    ],
    [
      "eat",
      { exit_code: null, signal: "SIGKILL" },
      "The process of the run used more than 209715200 bytes of memory, which is the limit (--child-memory).",
    ],
  ])(
    'a process that ends in the way "%s" fails its own run alone',
    async (way, data, detail) => {
      const other = await block(server, "deaf");
      const reply = await server.run("isolated-end", { way });
      expect(reply.status).toBe(500);
      expect(await reply.json()).toMatchObject({
        code: "crashed",
        source: "server",
        detail,
        data,
      });
      const line = JSON.parse(
        await server.log.find(`last words before ${way}`),
      );
      expect(line).toMatchObject({
        run_id: idOf(reply),
        action_id: "probe/isolated-end",
      });
      expect(await find(other.id)).toMatchObject({ state: "running" });
      await server.request(`/api/runs/${other.id}/cancel`, { method: "POST" });
    },
  );

  test("a process that is killed from outside fails its own run alone", async () => {
    const { id, pid } = await block(server, "native");
    process.kill(pid, "SIGKILL");
    expect(await (await result(id, 10)).json()).toMatchObject({
      code: "crashed",
      data: { exit_code: null, signal: "SIGKILL" },
    });
  });

  test("a process that ends after its result has arrived does not fail its run", async () => {
    const ids = new Set<string>();
    for (let count = 0; count < 6; count += 1) {
      const reply = await server.run("isolated-ends-after-result");
      expect([reply.status, await reply.json()]).toEqual([200, "result"]);
      ids.add(idOf(reply));
    }
    expect(ids.size).toBe(6);
  });

  test("a process that ends while it is idle fails no run", async () => {
    for (let count = 0; count < 3; count += 1) {
      for (const pid of childrenOf(server.process.pid)) killIfThere(pid);
      const reply = await server.run("isolated-context");
      expect(reply.status).toBe(200);
    }
  });
});

describe("cancelled runs that do not end", () => {
  test.each(["loop", "native", "deaf"])(
    'a cancelled run whose code blocks in the way "%s" is killed',
    async (way) => {
      const { id, pid } = await block(server, way);
      const cancelled = await server.request(`/api/runs/${id}/cancel`, {
        method: "POST",
      });
      expect(await cancelled.json()).toBe("cancelled");
      expect(await find(id)).toMatchObject({ state: "cancelled" });
      await untilEnded(pid);
      expect(await find(id)).toMatchObject({
        state: "cancelled",
        error: { code: "run_cancelled" },
      });
      expect((await server.run("isolated-context")).status).toBe(200);
    },
  );

  test("a cancel is answered at once, and its process has the grace to end", async () => {
    await using patient = await startExecutable({
      actions: ISOLATED,
      options: ["--grace", "1h"],
    });
    const { id, pid } = await block(patient, "deaf");
    const path = `/api/runs/${id}/cancel`;
    const cancelled = await patient.request(path, { method: "POST" });
    expect(await cancelled.json()).toBe("cancelled");
    expect(childrenOf(patient.process.pid)).toContain(pid);
  });

  test("a run that is out of time is killed", async () => {
    const { path } = makeGate().input;
    const reply = await server.run(
      "isolated-block",
      { path, way: "loop" },
      { "x-actions-run-timeout": "0.2" },
    );
    expect(reply.status).toBe(504);
    await untilEnded(Number(readFileSync(path, "utf8")));
  });
});

test("a child knows its run, and nothing of the server's options", async () => {
  await using secretive = await startExecutable({
    actions: ISOLATED,
    options: GRACE,
    environment: {
      ACTIOND_CALLBACK_SECRET: "whsec_c2VjcmV0IG9mIHRoZSBzZXJ2ZXIncyBvd24=",
      SHOWN: "1",
    },
  });
  const reply = await secretive.run(
    "isolated-context",
    {},
    { "x-actions-request-id": "mine" },
  );
  const { pid, environment, ...context } = (await reply.json()) as any;
  expect(context).toEqual({
    runId: idOf(reply),
    requestId: "mine",
    attempt: 1,
  });
  expect(childrenOf(secretive.process.pid)).toContain(pid);
  expect(environment).toContain("SHOWN");
  expect(environment.join()).not.toContain("ACTIOND");
});

test("the kernel ends a child before the server when memory runs out", async () => {
  const { pid } = (await (await server.run("isolated-context")).json()) as any;
  const score = (process: number) =>
    Number(readFileSync(`/proc/${process}/oom_score_adj`, "utf8"));
  expect(score(pid)).toBeGreaterThan(score(server.process.pid));
});

test("the output of a child is logged with its run", async () => {
  const reply = await server.run("isolated-prints");
  const run = { run_id: idOf(reply), action_id: "probe/isolated-prints" };
  for (const [part, members] of [
    ["said by its log", { level: "warn", count: 1, password: "[redacted]" }],
    ["printed by console.log", { level: "info" }],
    ["printed by process.stderr.write", { level: "warn" }],
    ["left by an isolated run", { level: "error" }],
  ] as const)
    expect(JSON.parse(await server.log.find(part))).toMatchObject({
      ...members,
      ...run,
    });
});

test("a child ignores the signals of a terminal or a supervisor", async () => {
  const { id, pid } = await block(server, "deaf");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.kill(pid, signal);
  await server.request(`/api/runs/${id}/cancel`, { method: "POST" });
  await untilEnded(pid);
  expect(await find(id)).toMatchObject({ error: { code: "run_cancelled" } });
});

describe("children of a server that ends", () => {
  test.each(["loop", "native", "deaf"])(
    'no child that blocks in the way "%s" outlives a server that is killed with -9',
    async (way) => {
      await using doomed = await startExecutable({
        actions: ISOLATED,
        options: GRACE,
      });
      const { pid } = await block(doomed, way);
      const children = childrenOf(doomed.process.pid);
      expect(children).toContain(pid);
      await doomed.kill();
      await Promise.all(children.map(untilEnded));
    },
  );

  test("a server that drains while a child is in a loop ends with 0 and leaves no child", async () => {
    await using doomed = await startExecutable({
      actions: ISOLATED,
      options: [...GRACE, "--drain", "100ms"],
    });
    const { id } = await block(doomed, "loop");
    const children = childrenOf(doomed.process.pid);
    await doomed.stop();
    expect((await doomed.output()).exitCode).toBe(0);
    await Promise.all(children.map(untilEnded));
    expect(id).not.toBe("");
  });
});
