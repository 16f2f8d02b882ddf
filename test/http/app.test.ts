import { expect, spyOn, test } from "bun:test";
import { OPERATIONS } from "../../src/http/operations.ts";
import { openStage } from "../run/stage.ts";
import { silentLog } from "../silent-log.ts";
import { stageApp } from "./stage-app.ts";

async function openApp(entries: unknown[][] = []) {
  const stage = openStage();
  const app = await stageApp(stage, {
    ...silentLog,
    error: (...entry) => entries.push(entry),
  });
  const request = async (path: string, init?: RequestInit) =>
    await app.fetch(new Request(`http://localhost${path}`, init));
  return {
    stage,
    request,
    [Symbol.dispose]: () => {
      stage[Symbol.dispose]();
    },
  };
}

test("a fault of the server is logged, and its reply says nothing about it", async () => {
  const entries: unknown[][] = [];
  using app = await openApp(entries);
  expect((await app.request("/api/runs")).status).toBe(200);
  app.stage.meddle((sqlite) => {
    sqlite.run("ALTER TABLE runs RENAME TO hidden");
  });
  const reply = await app.request("/api/runs");
  expect(reply.status).toBe(500);
  expect(await reply.json()).toEqual({
    type: "urn:actiond:problem:internal",
    title: "Internal server error",
    status: 500,
    detail:
      "The server failed because of an internal error. Its log has the details.",
    code: "internal",
    source: "server",
    retryable: false,
    error_code: "internal-error",
    message:
      "The server failed because of an internal error. Its log has the details.",
  });
  expect(entries).toEqual([
    [
      "A request could not be answered.",
      expect.objectContaining({ method: "GET", path: "/api/runs" }),
    ],
  ]);
});

const run = (app: Awaited<ReturnType<typeof openApp>>, headers = {}) =>
  app.request("/api/actions/stage/act/run", { method: "POST", headers });

test("a run that cannot be recorded is refused without a run id", async () => {
  using app = await openApp();
  app.stage.breakWrites();
  for (const headers of [{}, { "x-actions-async-timeout": "0" }]) {
    const reply = await run(app, headers);
    expect(reply.status).toBe(503);
    expect(reply.headers.has("x-action-server-run-id")).toBe(false);
    expect(reply.headers.get("retry-after")).toBe("5");
    expect(await reply.json()).toMatchObject({ code: "store_unavailable" });
  }
});

test("a run that cannot be detached is refused with its run id", async () => {
  using app = await openApp();
  // The store is open then: the run is on disk before its caller has waited long enough.
  await app.stage.runs.insert(app.stage.makeRun());
  const begins = app.stage.nextCall();
  const reply = run(app, { "x-actions-async-timeout": "0.3" });
  const { context } = await begins;
  await app.stage.runner.find(context.runId)?.recorded;
  app.stage.breakWrites();
  const refused = await reply;
  expect(refused.status).toBe(503);
  expect(refused.headers.get("x-action-server-run-id")).toBe(context.runId);
  expect(await refused.json()).toMatchObject({
    code: "store_unavailable",
    run_id: context.runId,
  });
});

test("a server that shuts down is alive but not ready", async () => {
  using app = await openApp();
  app.stage.acceptor.close();
  expect((await app.request("/health/live")).status).toBe(200);
  const ready = await app.request("/health/ready");
  expect(ready.status).toBe(503);
  expect(ready.headers.get("retry-after")).toBe("5");
});

test("no route parses all headers of a request, or its cookies", async () => {
  using stage = openStage();
  const app = await stageApp(stage);
  for (const { method, path } of OPERATIONS) {
    const url = `http://localhost${path.replaceAll(/[:*]/g, "")}`;
    const request = new Request(url, {
      method: method === "ALL" ? "PUT" : method,
      headers: { cookie: "a=1" },
    });
    const parse = spyOn(request.headers, "toJSON");
    await app.fetch(request);
    expect(parse, `${method} ${path}`).not.toHaveBeenCalled();
  }
});
