/** Makes the tracer, and lets the code of actions use it by the API of OpenTelemetry. */
import { context, propagation, trace, type Tracer } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { Resource } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { end, flush } from "../last-words.ts";
import { carryOnFetch } from "./fetch.ts";
import { chooseSampler } from "./sampler.ts";

export interface Tracing extends AsyncDisposable {
  readonly tracer: Tracer;
  /** Sends what has ended so far. It never rejects. */
  flush(): Promise<void>;
}

/** How long spans wait for others that are sent with them. */
const DELAY_MS = 1000;
/** Beyond this spans are dropped: a collector that is slow or gone costs no more memory than this many. */
const MAX_SPANS = 8192;
const BATCH_SPANS = 1024;
const EXPORT_MS = 10_000;

/** @param environment has the `OTEL_*` variables */
export function openTraces(
  resource: Resource,
  environment: Readonly<Record<string, string>>,
): Tracing {
  const provider = new TracerProvider({
    resource,
    sampler: chooseSampler(environment),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        scheduledDelayMillis: DELAY_MS,
        maxQueueSize: MAX_SPANS,
        maxExportBatchSize: BATCH_SPANS,
        exportTimeoutMillis: EXPORT_MS,
      }),
    ],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(
    new AsyncLocalStorageContextManager().enable(),
  );
  propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [
        new W3CTraceContextPropagator(),
        new W3CBaggagePropagator(),
      ],
    }),
  );
  const tracer = provider.getTracer("actiond");
  const fetching = carryOnFetch(tracer);
  return {
    tracer,
    flush: () => flush(provider),
    async [Symbol.asyncDispose]() {
      fetching[Symbol.dispose]();
      await end(provider);
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}
