/** One run is one trace in the executable, from the caller's span to the receiver of the callback. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { startReceiver } from "../../callback/receiver.ts";
import { makeGate } from "../../scenarios/gate.ts";
import { startExecutable, type TestServer } from "../../server.ts";
import {
  attributeOf,
  type Span,
  startCollector,
} from "../../telemetry/collector.ts";

const TRACED = join(import.meta.dir, "..", "..", "fixtures", "traced");
const CALLER = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
};
const traceparent = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
const REQUEST = "POST /api/actions/:package/:action/run";

const ask = (
  server: TestServer,
  action: string,
  input: unknown,
  headers = {},
) =>
  server.request(`/api/actions/traced/${action}/run`, {
    method: "POST",
    headers: { "content-type": "application/json", traceparent, ...headers },
    body: JSON.stringify(input),
  });

/** The names of a span and all above it, up to the caller's. */
function lineOf(name: string, spans: readonly Span[]): string[] {
  const line = [];
  let span = spans.find((each) => each.name === name);
  for (; span !== undefined;) {
    line.push(span.name);
    const { parentSpanId } = span;
    if (parentSpanId === CALLER.spanId) return [...line, "caller"];
    span = spans.find((each) => each.spanId === parentSpanId);
  }
  return line;
}

test("a run, its steps, its fetch and its callback are one trace with the request of the caller", async () => {
  await using collector = startCollector();
  await using receiver = startReceiver(() => new Response("hello"));
  const { environment } = collector;
  await using server = await startExecutable({ actions: TRACED, environment });
  const reply = await ask(
    server,
    "steps",
    { url: receiver.url },
    {
      "x-actions-async-timeout": "0",
      "x-actions-async-callback": receiver.url,
    },
  );
  expect(await reply.json()).toBe("async-return");
  const names = [
    REQUEST,
    "accept",
    "run traced/steps",
    "ask",
    "GET",
    "POST callback",
  ];
  const spans = await collector.trace(CALLER.traceId, names);
  expect(lineOf("GET", spans)).toEqual([
    "GET",
    "ask",
    "run traced/steps",
    REQUEST,
    "caller",
  ]);
  expect(lineOf("accept", spans)).toEqual(["accept", REQUEST, "caller"]);
  expect(lineOf("POST callback", spans)).toEqual([
    "POST callback",
    REQUEST,
    "caller",
  ]);
  // What was sent names the spans that sent it.
  const sentBy = receiver.received.map(
    ({ headers }) => headers.get("traceparent")?.split("-")[2],
  );
  expect(sentBy).toEqual(
    ["GET", "POST callback"].map(
      (name) => spans.find((span) => span.name === name)?.spanId,
    ),
  );
  const find = (name: string) =>
    spans.find((span) => span.name === name) as Span;
  const request = find(REQUEST);
  expect(attributeOf(request, "url.path")).toBe(
    "/api/actions/traced/steps/run",
  );
  expect(attributeOf(request, "url.scheme")).toBe("http");
  const { hostname } = new URL(receiver.url);
  for (const name of ["GET", "POST callback"])
    expect(attributeOf(find(name), "server.address")).toBe(hostname);
  const run = find("run traced/steps");
  expect(attributeOf(run, "faas.name")).toBe("traced/steps");
  expect(attributeOf(run, "faas.invocation_id")).toBe(
    reply.headers.get("x-action-server-run-id") ?? "",
  );
});

test("steps in a child process belong to the trace of their run", async () => {
  await using collector = startCollector();
  await using receiver = startReceiver(() => new Response("hello"));
  const { environment } = collector;
  await using server = await startExecutable({ actions: TRACED, environment });
  expect(await (await ask(server, "boxed", { url: receiver.url })).json()).toBe(
    "hello",
  );
  const spans = await collector.trace(CALLER.traceId, [
    REQUEST,
    "run traced/boxed",
    "ask from a child",
    "GET",
  ]);
  expect(lineOf("GET", spans)).toEqual([
    "GET",
    "ask from a child",
    "run traced/boxed",
    REQUEST,
    "caller",
  ]);
});

test("spans that actions make with the API of OpenTelemetry belong to the traces of their runs", async () => {
  await using collector = startCollector();
  const { environment } = collector;
  await using server = await startExecutable({ actions: TRACED, environment });
  for (const action of ["global", "boxed-global"]) {
    const made: unknown = await (await ask(server, action, {})).json();
    const find = (id: unknown) =>
      collector.spans.find(({ spanId }) => spanId === id);
    const run = () => find(find(made)?.parentSpanId);
    await collector.until(() => run() !== undefined);
    expect(run()).toMatchObject({
      traceId: CALLER.traceId,
      name: `run traced/${action}`,
    });
  }
});

test("the trace of a run goes on after the server was killed and started again, to its callback", async () => {
  await using collector = startCollector();
  await using receiver = startReceiver();
  const gate = makeGate();
  const options = { actions: TRACED, environment: collector.environment };
  await using killed = await startExecutable(options);
  await ask(killed, "survives", gate.input, {
    "x-actions-async-timeout": "0",
    "x-actions-async-callback": receiver.url,
  });
  // The span of the request is sent, the run is in its code.
  await collector.trace(CALLER.traceId, [REQUEST, "accept"]);
  await killed.kill();
  await using server = await startExecutable({ ...options, data: killed.data });
  gate.open();
  await receiver.arrived(1);
  const spans = await collector.trace(CALLER.traceId, [
    "wait for the file",
    "run traced/survives",
    "POST callback",
  ]);
  expect(lineOf("wait for the file", spans)).toEqual([
    "wait for the file",
    "run traced/survives",
    REQUEST,
    "caller",
  ]);
  expect(lineOf("POST callback", spans)).toEqual([
    "POST callback",
    REQUEST,
    "caller",
  ]);
  await server.stop();
});

test("a failed attempt and its step say so without what the error said to the caller's peers", async () => {
  await using collector = startCollector();
  const { environment } = collector;
  await using server = await startExecutable({ actions: TRACED, environment });
  await ask(server, "fails", {});
  const spans = await collector.trace(CALLER.traceId, [
    "run traced/fails",
    "break",
  ]);
  const run = spans.find(({ name }) => name === "run traced/fails") as Span;
  expect(run.status).toMatchObject({
    code: 2,
    message: "Unexpected error (TypeError)",
  });
  expect(attributeOf(run, "error.type")).toBe("action_failed");
});

test("lines of the log are sent with their run and its trace, and standard error has both, too", async () => {
  await using collector = startCollector();
  await using receiver = startReceiver(() => new Response("hello"));
  const environment = {
    ...collector.environment,
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION:
      "base2_exponential_bucket_histogram",
  };
  await using server = await startExecutable({ actions: TRACED, environment });
  const reply = await ask(server, "steps", { url: receiver.url });
  await collector.until(() =>
    collector.logs.some(({ body }) => body.stringValue === "asking"),
  );
  const line = collector.logs.find(({ body }) => body.stringValue === "asking");
  expect(line?.traceId).toBe(CALLER.traceId);
  const runId = reply.headers.get("x-action-server-run-id") ?? "";
  expect(line && attributeOf(line, "run_id")).toBe(runId);
  expect(JSON.parse(await server.log.find('"asking"'))).toMatchObject({
    run_id: runId,
    trace_id: CALLER.traceId,
  });
  await collector.until(() => collector.metrics.has("actiond.run.duration"));
  const duration = collector.metrics.get("actiond.run.duration");
  expect(duration?.exponentialHistogram).toBeDefined();
  expect(collector.metrics.has("actiond.runs.accepted")).toBe(true);
});

test("a caller that keeps no trace has none kept here, and its callback says so", async () => {
  await using collector = startCollector();
  await using receiver = startReceiver();
  const { environment } = collector;
  await using server = await startExecutable({ actions: TRACED, environment });
  await ask(
    server,
    "steps",
    { url: receiver.url },
    { traceparent: traceparent.replace(/01$/, "00") },
  );
  const sent = receiver.received[0]?.headers.get("traceparent");
  expect(sent).toMatch(new RegExp(`^00-${CALLER.traceId}-[0-9a-f]{16}-00$`));
  await server.stop();
  await collector.until(() => collector.logs.length > 0);
  expect(collector.spans).toEqual([]);
});

test("a collector that refuses everything, or is not there, costs a line, and no run waits for it", async () => {
  await using collector = startCollector(
    () => new Response("no", { status: 400 }),
  );
  const { environment } = collector;
  await using server = await startExecutable({ actions: TRACED, environment });
  await using receiver = startReceiver(() => new Response("hello"));
  expect((await ask(server, "steps", { url: receiver.url })).status).toBe(200);
  await server.log.find("Telemetry could not be sent.");
  await server.stop();
  const { exitCode, log } = await server.output();
  expect(exitCode).toBe(0);
  expect(log.split("Telemetry could not be sent.").length - 1).toBe(1);
});
