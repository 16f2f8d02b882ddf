/** A server without telemetry loads nothing of it, and makes no event that nobody hears. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { planTelemetry } from "../../src/telemetry/plan.ts";

test("a server loads no library of telemetry, MCP or access tokens before it is needed", async () => {
  const serve = join(import.meta.dir, "..", "..", "src/serve.ts");
  const child = Bun.spawn([
    process.execPath,
    "--eval",
    `await import(${JSON.stringify(serve)}); console.log(Object.keys(require.cache).join("\\n"));`,
  ]);
  const loaded = await child.stdout.text();
  expect(loaded).toContain("/src/telemetry/open.ts");
  expect(loaded).not.toContain("/src/telemetry/telemetry.ts");
  for (const name of ["@opentelemetry/", "@modelcontextprotocol/", "jose/"])
    expect(loaded).not.toContain(`/node_modules/${name}`);
});

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };
const sent = (metrics: boolean, traces: boolean, logs: boolean) => ({
  scrape: false,
  metrics,
  traces,
  logs,
});

describe.each([
  ["no variable turns on nothing", {}, undefined],
  ["an endpoint turns on all signals", ENDPOINT, sent(true, true, true)],
  [
    "OTEL_SDK_DISABLED turns off all",
    { ...ENDPOINT, OTEL_SDK_DISABLED: "true" },
    undefined,
  ],
  [
    "an exporter that is none turns off its signal",
    { ...ENDPOINT, OTEL_TRACES_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" },
    sent(true, false, false),
  ],
  [
    "an endpoint of one signal turns on that one",
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:4318/v1/traces" },
    sent(false, true, false),
  ],
] as const)("%s", (_, environment, plan) => {
  test("that holds without --metrics", () => {
    expect(planTelemetry("off", environment)).toEqual(plan);
  });

  test("that holds with --metrics, and metrics can be scraped", () => {
    const expected = { ...(plan ?? sent(false, false, false)), scrape: true };
    expect(planTelemetry("on", environment)).toEqual(expected);
  });
});
