/** Makes the meter that counts, with whoever reads it: a scrape, a collector, or both. */
import type { Meter } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import type { Resource } from "@opentelemetry/resources";
import {
  AggregationType,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import type { TelemetryPlan } from "../plan.ts";
import { end } from "../last-words.ts";
import { Exposition } from "./exposition.ts";

export interface Metering extends AsyncDisposable {
  readonly meter: Meter;
  readonly exposition: Exposition;
}

/** The interval of OpenTelemetry, unless OTEL_METRIC_EXPORT_INTERVAL says another. */
const EXPORT_MS = 60_000;

/** Buckets that need no boundaries, which Prometheus calls native histograms. */
const EXPONENTIAL = "base2_exponential_bucket_histogram";

/** @param plan.histograms the value of OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION, which the library does not read */
export function openMeters(
  resource: Resource,
  plan: TelemetryPlan & {
    readonly exportMs: number | undefined;
    readonly histograms: string | undefined;
  },
): Metering {
  const exposition = new Exposition();
  const readers = plan.metrics
    ? [
        exposition,
        new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter({
            aggregationPreference: (type) =>
              type === InstrumentType.HISTOGRAM &&
              plan.histograms === EXPONENTIAL
                ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
                : { type: AggregationType.DEFAULT },
          }),
          exportIntervalMillis: plan.exportMs ?? EXPORT_MS,
          exportTimeoutMillis: Math.min(plan.exportMs ?? EXPORT_MS, 10_000),
        }),
      ]
    : [exposition];
  const provider = new MeterProvider({ resource, readers });
  return {
    meter: provider.getMeter("actiond"),
    exposition,
    [Symbol.asyncDispose]: () => end(provider),
  };
}
