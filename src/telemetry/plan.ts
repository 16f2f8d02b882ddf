/** Decides what telemetry is on. It imports no library, so that a server without telemetry loads none. */

/** The variables of OpenTelemetry: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
export type OtelEnvironment = Readonly<Record<string, string>>;

/** Where metrics can be fetched: nowhere, on the server's own port, or on an address of their own. */
export type MetricsPlace =
  "off" | "on" | { readonly host: string; readonly port: number };

export interface TelemetryPlan {
  /** Whether `GET /metrics` is answered, wherever that is. */
  readonly scrape: boolean;
  /** Whether metrics, spans and lines of the log are sent to a collector. */
  readonly metrics: boolean;
  readonly traces: boolean;
  readonly logs: boolean;
}

/** @returns undefined when all of it is off */
export function planTelemetry(
  metrics: MetricsPlace,
  otel: OtelEnvironment,
): TelemetryPlan | undefined {
  const isSent = (signal: "TRACES" | "METRICS" | "LOGS") =>
    otel["OTEL_SDK_DISABLED"]?.toLowerCase() !== "true" &&
    (otel[`OTEL_${signal}_EXPORTER`] ?? "otlp") === "otlp" &&
    Boolean(
      otel["OTEL_EXPORTER_OTLP_ENDPOINT"] ??
      otel[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`],
    );
  const plan = {
    scrape: metrics !== "off",
    metrics: isSent("METRICS"),
    traces: isSent("TRACES"),
    logs: isSent("LOGS"),
  };
  return Object.values(plan).includes(true) ? plan : undefined;
}
