/** Metrics as Prometheus reads them: collected when they are asked for, with units in their names. */
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import {
  type MetricData,
  MetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";

/** https://prometheus.io/docs/practices/naming/#base-units; the serializer does not append them, and a Collector does. */
const SUFFIXES: Readonly<Record<string, string>> = {
  s: "_seconds",
  By: "_bytes",
};

/** Collects when it is asked, and never by itself. */
export class Exposition extends MetricReader {
  readonly #serializer = new PrometheusSerializer(
    "",
    false,
    undefined,
    true,
    true,
  );

  async read(): Promise<string> {
    const { resourceMetrics } = await this.collect();
    return this.#serializer.serialize(withUnits(resourceMetrics));
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
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
  const suffix = SUFFIXES[descriptor.unit] ?? "";
  const name = descriptor.name + suffix;
  return { ...metric, descriptor: { ...descriptor, name } };
}
