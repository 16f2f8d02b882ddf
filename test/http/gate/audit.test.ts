/** What the audit log tells of requests. */
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
} from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../../callback/receiver.ts";
import { OPERATIONS } from "../../../src/http/operations.ts";
import { turn } from "../../turn.ts";
import { DETACH, idOf } from "../../scenarios/scene.ts";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../../server.ts";

const KEY = "the-one-key-of-this-server";
const WITH_KEY = { authorization: `Bearer ${KEY}` };
const BY_KEY = {
  key_id: "configured",
  key: "configured",
  address: "127.0.0.1",
};
const file = join(makeTemporaryFolder(), "audit.log");

let server: TestServer;
beforeAll(async () => {
  server = await startInProcess({
    options: ["--audit-log", file, "--callback-allow", "127.0.0.1"],
    environment: { ACTIOND_API_KEY: KEY },
  });
  await turn();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** What is told since the test began. */
async function told(): Promise<Record<string, unknown>[]> {
  await turn();
  const text = readFileSync(file, "utf8").trimEnd();
  return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line));
}
beforeEach(async () => {
  await turn();
  writeFileSync(file, "");
});

const ask = (method: string, path: string, headers = {}) =>
  server.request(path, { method, headers: { ...WITH_KEY, ...headers } });

test("every operation that changes something is an event of the audit log, and no other is", () => {
  // Behind /mcp, runs are started by messages: what is recorded of them is recorded there.
  for (const { id, method, path, event } of OPERATIONS)
    if (method !== "ALL" && path !== "/mcp")
      expect([id, event !== undefined]).toEqual([id, method !== "GET"]);
});

describe("entries about actions", () => {
  test("the audit log tells who started a run at its start", async () => {
    const reply = server.run(
      "sleep",
      { ms: 60_000 },
      {
        ...WITH_KEY,
        "x-actions-request-id": "mine",
        "x-actions-on-disconnect": "cancel",
      },
    );
    let entries = await told();
    while (entries.length === 0) entries = await told();
    expect(entries).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        event: "run.start",
        outcome: "allowed",
        ...BY_KEY,
        action: "probe/sleep",
        run_id: expect.stringMatching(/^[\da-f-]{36}$/),
        request_id: "mine",
        result: "started",
      },
    ]);
    await ask("POST", `/api/runs/${String(entries[0]?.["run_id"])}/cancel`);
    await reply;
  });

  test("the audit log tells who repeated a request during and after its run", async () => {
    const headers = { ...WITH_KEY, "idempotency-key": Bun.randomUUIDv7() };
    const first = await server.run(
      "sleep",
      { ms: 60_000 },
      { ...headers, ...DETACH },
    );
    await server.run("sleep", { ms: 60_000 }, { ...headers, ...DETACH });
    await ask("POST", `/api/runs/${idOf(first)}/cancel`);
    await server.run("sleep", { ms: 60_000 }, headers);
    const entries = await told();
    expect(entries.map(({ result }) => result)).toEqual([
      "started",
      "repeated",
      "cancelled",
      "repeated",
    ]);
    expect(new Set(entries.map(({ run_id: id }) => id))).toEqual(
      new Set([idOf(first)]),
    );
  });

  test("the audit log tells who cancelled a run and whether that ended it", async () => {
    const id = idOf(
      await server.run("forever", {}, { ...WITH_KEY, ...DETACH }),
    );
    for (let time = 0; time < 2; time += 1)
      await ask("POST", `/api/runs/${id}/cancel`);
    const [, ...entries] = await told();
    const entry = {
      time: expect.any(String),
      event: "run.cancel",
      outcome: "allowed",
      ...BY_KEY,
      run_id: id,
    };
    expect(entries).toEqual([
      { ...entry, result: "cancelled" },
      { ...entry, result: "not-running" },
    ]);
  });

  test("the audit log tells who deleted a run", async () => {
    const id = idOf(await server.run("noop", {}, WITH_KEY));
    await ask("DELETE", `/api/runs/${id}`);
    expect((await told())[1]).toMatchObject({
      event: "run.delete",
      outcome: "allowed",
      ...BY_KEY,
      run_id: id,
    });
  });

  test("the audit log tells who had callbacks sent again", async () => {
    await using receiver = startReceiver();
    const id = idOf(
      await server.run(
        "noop",
        {},
        { ...WITH_KEY, ...DETACH, "x-actions-async-callback": receiver.url },
      ),
    );
    await receiver.arrived(1);
    let reply = await ask("POST", `/api/runs/${id}/callback/redeliver`);
    while (reply.status !== 200)
      reply = await ask("POST", `/api/runs/${id}/callback/redeliver`);
    await ask("POST", `/api/callbacks/redeliver?host=${receiver.host}`);
    const entries = (await told()).filter(
      ({ outcome }) => outcome === "allowed",
    );
    expect(entries.slice(1)).toEqual([
      expect.objectContaining({
        event: "callback.redeliver",
        run_id: id,
        ...BY_KEY,
      }),
      expect.objectContaining({
        event: "callback.redeliver",
        result: `0 to ${receiver.host}`,
      }),
    ]);
  });
});

describe("entries about refusals", () => {
  const NONE = "01a20d0d-02bd-74ef-859f-82a1e20ed589";

  test.each([
    ["POST", "/api/actions/probe/noop/run", "run.start"],
    ["POST", `/api/runs/${NONE}/cancel`, "run.cancel"],
    ["DELETE", `/api/runs/${NONE}`, "run.delete"],
    ["GET", "/api/runs", "access"],
    ["GET", "/openapi.json", "access"],
    ["PUT", "/nowhere", "access"],
  ])(
    "the audit log tells that %s %s was refused without a key",
    async (method, path, event) => {
      await server.request(`${path}?secret=1`, { method });
      await server.request(path, { method, headers: { "x-api-key": "wrong" } });
      const entry = {
        time: expect.any(String),
        event,
        outcome: "refused",
        address: "127.0.0.1",
        method,
        path,
        status: 401,
        code: "unauthorized",
      };
      expect(await told()).toEqual([entry, entry]);
    },
  );

  test.each([
    [
      "POST",
      "/api/actions/none/none/run",
      "run.start",
      404,
      "action_not_found",
    ],
    ["POST", "/api/actions/probe/add/run", "run.start", 422, "invalid_input"],
    ["POST", `/api/runs/${NONE}/cancel`, "run.cancel", 404, "run_not_found"],
    ["DELETE", `/api/runs/${NONE}`, "run.delete", 404, "run_not_found"],
    [
      "POST",
      `/api/runs/${NONE}/callback/redeliver`,
      "callback.redeliver",
      404,
      "run_not_found",
    ],
    [
      "POST",
      "/api/callbacks/redeliver",
      "callback.redeliver",
      400,
      "invalid_parameter",
    ],
  ])(
    "the audit log tells that %s %s was refused with a key",
    async (method, path, event, status, code) => {
      await ask(method, path);
      expect(await told()).toEqual([
        {
          time: expect.any(String),
          event,
          outcome: "refused",
          ...BY_KEY,
          method,
          path,
          status,
          code,
        },
      ]);
    },
  );
});

test.each([
  ["a page of another site", { origin: "https://evil.test" }, 403],
  ["who calls the server by another name", { host: "evil.test" }, 421],
])("the audit log tells what %s asked for", async (_, headers, status) => {
  const path = "/api/actions/probe/noop/run";
  expect((await ask("POST", path, headers)).status).toBe(status);
  expect(await told()).toEqual([
    expect.objectContaining({ outcome: "refused", path, status }),
  ]);
});

test("the audit log does not have requests that only read", async () => {
  for (const path of [
    "/api/runs",
    "/api/runs/none",
    "/docs",
    "/health/live",
    "/nowhere",
  ])
    await ask("GET", path);
  expect(await told()).toEqual([]);
});

test("the audit log tells the start and the stop of a server", async () => {
  const own = join(makeTemporaryFolder(), "audit.log");
  const other = await startInProcess({
    environment: { ACTIOND_AUDIT_LOG: own },
  });
  await other.stop();
  const events = readFileSync(own, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).event);
  expect(events).toEqual(["server.start", "server.stop"]);
});
