/** Telemetry: it listens to events, asks the parts of the server for their counts, and knows them; none of them knows it. */
import type { Executor } from "../execute/task.ts";
import type { Log, LogTap } from "../log.ts";
import type { RunEvents } from "../run/events.ts";
import { markLines, sendLines } from "./logs/logging.ts";
import { reportExporterTrouble } from "./exporter-trouble.ts";
import { countCallbackEvents } from "./metrics/callback-metrics.ts";
import type { Scraped } from "./metrics/exposition.ts";
import { type Metering, openMeters } from "./metrics/meters.ts";
import { observeProcess } from "./metrics/process-metrics.ts";
import { countRequests } from "./metrics/request-metrics.ts";
import { countRunEvents } from "./metrics/run-metrics.ts";
import { observeServer, type ServerParts } from "./metrics/server-metrics.ts";
import { observeStore, type StoreParts } from "./metrics/store-metrics.ts";
import type { OtelEnvironment, TelemetryPlan } from "./plan.ts";
import { RequestWatcher } from "./requests.ts";
import { describeProcess } from "./resource.ts";
import { traceAttempts } from "./traces/attempt-spans.ts";
import { traceCallbacks } from "./traces/callback-spans.ts";
import { traceRunEvents } from "./traces/run-spans.ts";
import { RunTraces } from "./traces/run-traces.ts";
import { type Trace, traceSteps } from "./traces/steps.ts";
import { openTraces, type Tracing } from "./traces/tracing.ts";

export interface TelemetryParts {
  readonly events: RunEvents;
  readonly log: Log;
  /** Follows the lines of the log; undefined where nobody can. */
  readonly tap: LogTap | undefined;
  readonly version: string;
}

export class Telemetry implements AsyncDisposable {
  /** Counts and traces requests. */
  readonly requests: RequestWatcher;
  /** Answers a scrape; undefined where nobody may ask. */
  readonly scrape: ((accept: string | null) => Promise<Scraped>) | undefined;
  /** Whether the code of actions is traced. */
  readonly isTracing: boolean;
  /** Makes a step of an action's code a span. */
  readonly trace: Trace | undefined;
  /** Makes an attempt at a callback a span. */
  readonly traceCallback: ReturnType<typeof traceCallbacks> | undefined;
  readonly #metering: Metering | undefined;
  readonly #tracing: Tracing | undefined;
  readonly #opened = new DisposableStack();
  /** What is sent to a collector. */
  readonly #senders: AsyncDisposable[] = [];

  constructor(
    plan: TelemetryPlan & { readonly otel: OtelEnvironment },
    { events, log, tap, version }: TelemetryParts,
  ) {
    const { otel } = plan;
    const resource = describeProcess(version);
    this.#opened.use(reportExporterTrouble(log));
    if (plan.scrape || plan.metrics) {
      const exportMs = Number(otel["OTEL_METRIC_EXPORT_INTERVAL"]) || undefined;
      const histograms =
        otel["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"];
      const metering = openMeters(resource, { ...plan, exportMs, histograms });
      this.#metering = metering;
      this.#senders.push(metering);
      this.#opened.use(countRunEvents(metering.meter, events));
      this.#opened.use(countCallbackEvents(metering.meter, events));
      this.#opened.use(observeProcess(metering.meter, version));
    }
    const traces = this.#opened.use(new RunTraces(events));
    if (plan.traces) {
      this.#tracing = openTraces(resource, otel);
      this.#senders.push(this.#tracing);
      this.#opened.use(traceRunEvents(this.#tracing.tracer, events));
    }
    if (tap !== undefined && (plan.traces || plan.logs))
      this.#opened.use(markLines(tap, traces));
    if (tap !== undefined && plan.logs)
      this.#senders.push(sendLines(resource, tap));
    const tracer = this.#tracing?.tracer;
    const meter = this.#metering?.meter;
    this.isTracing = tracer !== undefined;
    this.trace = tracer && traceSteps(tracer);
    this.traceCallback = tracer && traceCallbacks(tracer);
    this.requests = new RequestWatcher({
      tracer,
      meter: meter && countRequests(meter),
    });
    const { exposition } = this.#metering ?? {};
    this.scrape =
      plan.scrape && exposition
        ? (accept) => exposition.read(accept)
        : undefined;
  }

  /** Asks these parts for their counts whenever metrics are collected. */
  observe(parts: ServerParts, store: StoreParts): void {
    if (this.#metering === undefined) return;
    observeServer(this.#metering.meter, parts);
    observeStore(this.#metering.meter, store);
  }

  /** @returns what executes as `execute` does, each attempt as a span */
  around(execute: Executor): Executor {
    return this.#tracing === undefined
      ? execute
      : traceAttempts(this.#tracing.tracer, execute);
  }

  /** Sends what has not been sent yet, for two seconds at most. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#senders.map((sender) => sender[Symbol.asyncDispose]());
    await Promise.all(ended);
    this.#opened.dispose();
  }
}
