/** Metrics as Prometheus reads them: collected when they are asked for, with units in their names. */
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import {
  type MetricData,
  MetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";

/** A text for a monitoring system, and what kind of text it is. */
export interface Scraped {
  readonly text: string;
  readonly type: string;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info */
const PLAIN = "text/plain; version=0.0.4; charset=utf-8";
/** https://prometheus.io/docs/specs/om/open_metrics_spec/#overall-structure */
const OPEN_METRICS =
  "application/openmetrics-text; version=1.0.0; charset=utf-8";
/** https://prometheus.io/docs/practices/naming/#base-units; the serializer does not append them, and a Collector does. */
const UNITS: Readonly<Record<string, string>> = { s: "seconds", By: "bytes" };

/** Collects when it is asked, and never by itself. */
export class Exposition extends MetricReader {
  readonly #serializer = new PrometheusSerializer(
    "",
    false,
    undefined,
    true,
    true,
  );

  /** @param accept the header of the request: OpenMetrics for those that name it, as Prometheus does */
  async read(accept: string | null): Promise<Scraped> {
    const { resourceMetrics } = await this.collect();
    const text = this.#serializer.serialize(withUnits(resourceMetrics));
    return accept?.includes("application/openmetrics-text") === true
      ? { text: toOpenMetrics(text), type: OPEN_METRICS }
      : { text, type: PLAIN };
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** The names of counters end with "_total" where they are described in the one format, and not in the other. */
function toOpenMetrics(text: string): string {
  const named = text.replaceAll(
    /^(# (?:HELP|TYPE|UNIT) \w+)_total(?= )/gm,
    "$1",
  );
  return `${named}# EOF\n`;
}

function withUnits(all: ResourceMetrics): ResourceMetrics {
  return {
    ...all,
    scopeMetrics: all.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map(withUnit),
    })),
  };
}

function withUnit(metric: MetricData): MetricData {
  const { descriptor } = metric;
  const unit = UNITS[descriptor.unit] ?? "";
  const name = unit === "" ? descriptor.name : `${descriptor.name}_${unit}`;
  return { ...metric, descriptor: { ...descriptor, name, unit } };
}
