/**
 * Tries the executable with a real Prometheus and a real OpenTelemetry Collector: `bun test/telemetry/real-peers.ts`, after
 * `bun run build`. Prometheus comes from `apt-get install prometheus`. The path of a collector with the exporter `file` is
 * in OTELCOL; without it the part about traces is left out.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../callback/receiver.ts";
import { findPort } from "../find-port.ts";
import { makeGate } from "../scenarios/gate.ts";
import { makeTemporaryFolder, startExecutable } from "../server.ts";

const DEPLOY = join(import.meta.dir, "..", "..", "deploy");
const TRACED = join(import.meta.dir, "..", "fixtures", "traced");
const folder = makeTemporaryFolder();
const { OTELCOL: collector } = process.env;

await using started = new AsyncDisposableStack();

function start(...command: string[]): void {
  const child = Bun.spawn(command, {
    cwd: folder,
    stdout: "ignore",
    stderr: Bun.file(join(folder, "stderr.txt")),
  });
  started.defer(async () => {
    child.kill();
    await child.exited;
  });
}

async function until<Value>(
  look: () => Promise<Value | undefined>,
): Promise<Value> {
  for (const beganAt = Date.now(); Date.now() - beganAt < 60_000;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    await Bun.sleep(100);
  }
  throw new Error(
    `It did not happen within a minute: ${look.toString()}\n${readFileSync(join(folder, "stderr.txt"), "utf8")}`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function tryPrometheus(): Promise<void> {
  const scraped = await findPort();
  await using receiver = startReceiver(() => new Response("", { status: 500 }));
  await using server = await startExecutable({
    options: ["--metrics", `127.0.0.1:${scraped}`],
  });
  const port = await findPort();
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [join(DEPLOY, "prometheus/actiond.rules.yml")],
    scrape_configs: [
      {
        job_name: "actiond",
        static_configs: [{ targets: [`127.0.0.1:${scraped}`] }],
      },
    ],
  };
  await Bun.write(join(folder, "prometheus.yml"), JSON.stringify(config));
  start(
    "prometheus",
    "--config.file=prometheus.yml",
    "--storage.tsdb.path=tsdb",
    `--web.listen-address=127.0.0.1:${port}`,
  );
  const ask = async (path: string): Promise<any> => {
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const { data } = (await reply.json()) as { data: unknown };
    return data;
  };
  const work = async () => {
    await server.run("add", { a: 1 });
    await server.run("fail");
    await server.run("missing");
    await server.run("noop", undefined, {
      "x-actions-async-timeout": "0",
      "x-actions-async-callback": receiver.url,
    });
  };
  await until(async () => {
    await work();
    const { activeTargets } = await ask("targets");
    const [{ health, lastError }] = activeTargets;
    return health === "up" && lastError === "" ? true : undefined;
  });
  say("Prometheus scrapes the executable without an error.");
  await until(async () => {
    await work();
    const found = await ask(
      `query?query=${encodeURIComponent("increase(actiond_runs_finished_total[5s])>0")}`,
    );
    return found.result.length > 0 ? true : undefined;
  });
  const { groups } = await ask("rules");
  const unwell = groups[0].rules.filter(({ health }: any) => health !== "ok");
  if (unwell.length > 0) throw new Error(JSON.stringify(unwell));
  say(`It evaluates all ${groups[0].rules.length} alerts.`);
  const dashboard = readFileSync(join(DEPLOY, "grafana/actiond.json"), "utf8");
  const queries = JSON.parse(dashboard).panels.flatMap(({ targets }: any) =>
    (targets ?? []).map(({ expr }: any) => expr),
  ) as string[];
  const empty: string[] = [];
  for (const query of queries) {
    const filled = query
      .replaceAll("$instance", ".*")
      .replaceAll("$__rate_interval", "10s");
    const { result } = await ask(`query?query=${encodeURIComponent(filled)}`);
    if (result.length === 0) empty.push(query);
  }
  say(`It answers all ${queries.length} queries of the dashboard.`);
  for (const query of empty) say(`There is nothing to show for ${query}`);
}

async function tryCollector(command: string): Promise<void> {
  const port = await findPort();
  const file = join(folder, "sent.json");
  const pipeline = { receivers: ["otlp"], exporters: ["file"] };
  const config = {
    receivers: {
      otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } },
    },
    exporters: { file: { path: file, flush_interval: "100ms" } },
    service: {
      telemetry: { metrics: { level: "none" } },
      pipelines: { traces: pipeline, logs: pipeline, metrics: pipeline },
    },
  };
  await Bun.write(join(folder, "collector.yaml"), JSON.stringify(config));
  start(command, "--config=collector.yaml");
  await until(async () => (await fetch(`http://127.0.0.1:${port}/`)).status);
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION:
      "base2_exponential_bucket_histogram",
    OTEL_METRIC_EXPORT_INTERVAL: "500",
  };
  await using receiver = startReceiver();
  const gate = makeGate();
  const options = { actions: TRACED, environment };
  await using killed = await startExecutable(options);
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const reply = await killed.request("/api/actions/traced/survives/run", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      "x-actions-async-timeout": "0",
      "x-actions-async-callback": receiver.url,
    },
    body: JSON.stringify(gate.input),
  });
  const runId = reply.headers.get("x-action-server-run-id") ?? "";
  const sent = async (text: string) =>
    readFileSync(file, "utf8").includes(text) ? true : undefined;
  await until(() => sent('"accept"'));
  await killed.kill();
  await using server = await startExecutable({ ...options, data: killed.data });
  gate.open();
  await receiver.arrived(1);
  await until(() => sent('"POST callback"'));
  await until(() => sent("exponentialHistogram"));
  await until(() => sent(`"run_id"`));
  await server.stop();
  const names: string[] = [];
  const processes = new Set<string>();
  let lines = 0;
  for (const line of readFileSync(file, "utf8").trim().split("\n")) {
    const all = JSON.parse(line);
    for (const { resource, scopeSpans } of all.resourceSpans ?? [])
      for (const { spans } of scopeSpans)
        for (const span of spans)
          if (span.traceId === traceId) {
            names.push(span.name);
            processes.add(JSON.stringify(resource));
          }
    for (const { scopeLogs } of all.resourceLogs ?? [])
      for (const { logRecords } of scopeLogs)
        for (const record of logRecords)
          if (record.traceId === traceId && line.includes(runId)) lines += 1;
  }
  say(
    `The collector has one trace of ${processes.size} processes, across kill -9: ${names.join(", ")}.`,
  );
  say(
    `It has ${lines} lines of the log with this trace and the id of its run.`,
  );
  say("It has histograms with exponential buckets.");
}

await tryPrometheus();
if (collector === undefined) say("OTELCOL is not set: traces were not tried.");
else await tryCollector(collector);
