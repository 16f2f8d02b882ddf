/** A collector of OTLP over HTTP, which keeps what it is sent: https://opentelemetry.io/docs/specs/otlp/#otlphttp */

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number; readonly message?: string };
}

export interface LogRecord {
  readonly traceId?: string;
  readonly severityText: string;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly Attribute[];
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

interface Metric {
  readonly name: string;
  /** Only where its buckets have no boundaries that somebody chose. */
  readonly exponentialHistogram?: object;
}

interface Sent {
  resourceSpans?: { scopeSpans: { spans: Span[] }[] }[];
  resourceLogs?: { scopeLogs: { logRecords: LogRecord[] }[] }[];
  resourceMetrics?: { scopeMetrics: { metrics: Metric[] }[] }[];
}

/** @param answer what a collector in trouble answers */
export function startCollector(
  answer: () => Response = () => Response.json({ partialSuccess: {} }),
) {
  const spans: Span[] = [];
  const logs: LogRecord[] = [];
  const metrics = new Map<string, Metric>();
  let waiting: PromiseWithResolvers<void> = Promise.withResolvers();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const sent = (await request.json()) as Sent;
      for (const { scopeSpans } of sent.resourceSpans ?? [])
        spans.push(...scopeSpans.flatMap((scope) => scope.spans));
      for (const { scopeLogs } of sent.resourceLogs ?? [])
        logs.push(...scopeLogs.flatMap((scope) => scope.logRecords));
      for (const { scopeMetrics } of sent.resourceMetrics ?? [])
        for (const scope of scopeMetrics)
          for (const metric of scope.metrics) metrics.set(metric.name, metric);
      waiting.resolve();
      waiting = Promise.withResolvers();
      return answer();
    },
  });
  const until = async (isThere: () => boolean) => {
    while (!isThere()) await waiting.promise;
  };
  return {
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.port}`,
      OTEL_METRIC_EXPORT_INTERVAL: "200",
    },
    spans,
    logs,
    metrics,
    until,
    /** Resolves with the spans of a trace once they have all of these names. */
    async trace(traceId: string, names: readonly string[]): Promise<Span[]> {
      const found = () => spans.filter((span) => span.traceId === traceId);
      await until(() =>
        names.every((name) => found().some((span) => span.name === name)),
      );
      return found();
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
}

export function attributeOf(
  { attributes }: Pick<Span, "attributes">,
  key: string,
): string | undefined {
  return attributes.find((attribute) => attribute.key === key)?.value
    .stringValue;
}
