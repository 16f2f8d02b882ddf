/** Metrics, read where an operator reads them: what happened is counted, and nothing that a caller chose is a label. */
import { afterEach, expect, test } from "bun:test";
import { startReceiver } from "../callback/receiver.ts";
import { findPort } from "../find-port.ts";
import { makeGate } from "../scenarios/gate.ts";
import { type Start, startInProcess, type TestServer } from "../server.ts";
import { parseMetrics, valueOf } from "./exposition.ts";

let server: TestServer;
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

async function start(options: Parameters<Start>[0] = {}): Promise<TestServer> {
  const more = options.options ?? [];
  server = await startInProcess({
    ...options,
    options: ["--metrics", "on", ...more],
  });
  return server;
}

const read = async (from: TestServer, headers = {}) =>
  (await from.request("/metrics", { headers })).text();

/** Reads until `isThere`: what is told is counted when its fact is published, which may be after the reply. */
async function readUntil(
  from: TestServer,
  isThere: (text: string) => boolean,
): Promise<string> {
  for (;;) {
    const text = await read(from);
    if (isThere(text)) return text;
    await Bun.sleep(5);
  }
}

test("a server without --metrics has no metrics", async () => {
  server = await startInProcess();
  const reply = await server.request("/metrics");
  expect(reply.status).toBe(404);
  expect(await reply.text()).toContain("--metrics on");
});

test("runs are counted by action, outcome and kind of error, and their times are in histograms", async () => {
  await start();
  await server.run("add", { a: 1 });
  await server.run("add", { a: 2 });
  await server.run("fail");
  const text = await readUntil(
    server,
    (all) => valueOf(all, "actiond_runs_finished_total") === 3,
  );
  const add = { action: "probe/add" };
  expect(valueOf(text, "actiond_runs_accepted_total", add)).toBe(2);
  expect(valueOf(text, "actiond_run_attempts_total", add)).toBe(2);
  expect(
    valueOf(text, "actiond_runs_finished_total", {
      action: "probe/fail",
      outcome: "failed",
      error: "action_failed",
    }),
  ).toBe(1);
  expect(
    valueOf(text, "actiond_run_duration_seconds_bucket", {
      ...add,
      le: "+Inf",
    }),
  ).toBe(2);
  expect(valueOf(text, "actiond_run_start_delay_seconds_count", add)).toBe(2);
  expect(
    valueOf(text, "actiond_store_flush_duration_seconds_count"),
  ).toBeGreaterThan(0);
  expect(valueOf(text, "actiond_store_batch_size_sum")).toBeGreaterThanOrEqual(
    3,
  );
  // The rest may be in the log still.
  expect(valueOf(text, "actiond_store_database_bytes")).toBeGreaterThan(0);
  expect(valueOf(text, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
  expect(valueOf(text, "actiond_build_info")).toBe(1);
});

test("refused requests are counted by code, and requests by their route and status", async () => {
  await start();
  await server.run("add", { a: "one" });
  await server.run("missing");
  await server.request("/api/runs/0190/fields/nothing");
  const text = await read(server);
  const route = "/api/actions/:package/:action/run";
  const refused = "actiond_requests_refused_total";
  expect(
    valueOf(text, refused, { http_route: route, code: "invalid_input" }),
  ).toBe(1);
  expect(
    valueOf(text, refused, { http_route: route, code: "action_not_found" }),
  ).toBe(1);
  expect(
    valueOf(text, "http_server_request_duration_seconds_count", {
      http_route: route,
      http_response_status_code: "422",
    }),
  ).toBe(1);
  expect(valueOf(text, refused, { http_route: "/*" })).toBe(1);
});

test("the queue and the slots are shown while runs wait, and are empty after that", async () => {
  await start({ options: ["--max-running", "1"] });
  const gate = makeGate();
  const headers = { "x-actions-async-timeout": "0" };
  await server.run("gate", gate.input, headers);
  await server.run("gate", gate.input, headers);
  const waiting = await readUntil(
    server,
    (all) => valueOf(all, "actiond_queue_oldest_age_seconds") > 0,
  );
  expect(valueOf(waiting, "actiond_queue_length")).toBe(1);
  expect(valueOf(waiting, "actiond_slots_used")).toBe(1);
  expect(valueOf(waiting, "actiond_slots_max")).toBe(1);
  gate.open();
  const idle = await readUntil(
    server,
    (all) => valueOf(all, "actiond_slots_used") === 0,
  );
  expect(valueOf(idle, "actiond_queue_length")).toBe(0);
  expect(valueOf(idle, "actiond_queue_oldest_age_seconds")).toBe(0);
});

test("attempts at callbacks are counted by what became of the callback, and what is owed has an age", async () => {
  await start({ options: ["--callback-retry", "10m"] });
  await using receiver = startReceiver(() => new Response("", { status: 500 }));
  await server.run("noop", undefined, {
    "x-actions-async-timeout": "0",
    "x-actions-async-callback": receiver.url,
  });
  const text = await readUntil(
    server,
    (all) =>
      valueOf(all, "actiond_callback_attempt_duration_seconds_count") > 0,
  );
  const labels = { state: "pending", status: "5xx" };
  expect(
    valueOf(text, "actiond_callback_attempt_duration_seconds_count", labels),
  ).toBe(1);
  expect(valueOf(text, "actiond_callbacks_owed_total")).toBe(1);
  expect(valueOf(text, "actiond_callbacks_pending")).toBe(1);
  expect(valueOf(text, "actiond_callbacks_dead")).toBe(0);
  expect(valueOf(text, "actiond_callbacks_oldest_age_seconds")).toBeGreaterThan(
    0,
  );
});

test("with keys, metrics need one with the scope read that is not limited to packages", async () => {
  const environment = { ACTIOND_API_KEY: "a-secret-that-is-long-enough" };
  await start({ environment });
  expect((await server.request("/metrics")).status).toBe(401);
  const text = await read(server, {
    "x-api-key": environment.ACTIOND_API_KEY,
  });
  expect(valueOf(text, "actiond_build_info")).toBe(1);
});

test("on an address of their own, metrics need no key and nothing else is there", async () => {
  const port = await findPort();
  server = await startInProcess({
    options: ["--metrics", `127.0.0.1:${port}`],
    environment: { ACTIOND_API_KEY: "a-secret-that-is-long-enough" },
  });
  const reply = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(reply.headers.get("content-type")).toContain("version=0.0.4");
  expect(valueOf(await reply.text(), "actiond_build_info")).toBe(1);
  const other = await fetch(`http://127.0.0.1:${port}/api/runs`);
  expect(other.status).toBe(404);
  const key = { "x-api-key": "a-secret-that-is-long-enough" };
  expect((await server.request("/metrics", { headers: key })).status).toBe(404);
});

test("whoever accepts OpenMetrics gets that, with the same samples", async () => {
  await start();
  await server.run("add", { a: 1 });
  const ask = (headers: Record<string, string>) =>
    server.request("/metrics", { headers });
  await ask({});
  const plain = await ask({ accept: "text/plain;version=0.0.4" });
  // As Prometheus 2 asks.
  const open = await ask({
    accept:
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
  });
  expect(plain.headers.get("content-type")).toStartWith("text/plain");
  expect(open.headers.get("content-type")).toBe(
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  );
  const text = await open.text();
  expect(text).toEndWith("\n# EOF\n");
  expect(text).toContain("\n# TYPE actiond_runs_accepted counter\n");
  expect(text).toContain("\n# UNIT process_cpu_seconds seconds\n");
  expect(text).toContain(
    '\nactiond_runs_accepted_total{action="probe/add"} 1\n',
  );
  const namesOf = (all: string) => parseMetrics(all).map(({ name }) => name);
  expect(namesOf(text)).toEqual(namesOf(await plain.text()));
});

test.skipIf(Bun.which("promtool") === null)(
  "promtool finds nothing wrong with what Prometheus collects",
  async () => {
    await start();
    await server.run("add", { a: 1 });
    await server.run("fail");
    const text = await read(server);
    const check = Bun.spawn(["promtool", "check", "metrics"], {
      stdin: Buffer.from(text),
      stderr: "pipe",
      stdout: "pipe",
    });
    expect(await new Response(check.stderr).text()).toBe("");
    expect(await check.exited).toBe(0);
    expect(parseMetrics(text).length).toBeGreaterThan(50);
  },
);
