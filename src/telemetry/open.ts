/** Opens telemetry where the configuration asks for some. Only then are its libraries loaded. */
import {
  type MetricsPlace,
  type OtelEnvironment,
  planTelemetry,
} from "./plan.ts";
import type { Telemetry, TelemetryParts } from "./telemetry.ts";

export interface TelemetryConfig {
  readonly metrics: MetricsPlace;
  readonly otel: OtelEnvironment;
}

/** @returns undefined when all of it is off */
export async function openTelemetry(
  { metrics, otel }: TelemetryConfig,
  parts: TelemetryParts,
): Promise<Telemetry | undefined> {
  const plan = planTelemetry(metrics, otel);
  if (plan === undefined) return undefined;
  const { Telemetry } = await import("./telemetry.ts");
  return new Telemetry({ ...plan, otel }, parts);
}
