/** The options about what can be measured. Traces follow the variables of OpenTelemetry, which are not ours to name. */
import { toInteger, UnitError } from "../../../units.ts";
import { derived, type Environment, option, under } from "../option.ts";

const ADDRESS = /^(?:\[([\da-f:.]+)\]|([^:\s]+)):(\d+)$/i;

export const telemetryOptions = under("Telemetry:", {
  metrics: option("--metrics <place>", {
    help: "Where GET /metrics is served: off; on, for keys with the scope read; or an address of its own such as 127.0.0.1:9464, without a key",
    default: "off",
    parse: toPlace,
  }),
  /** `OTEL_EXPORTER_OTLP_ENDPOINT` and the others. */
  otel: derived(readOtel),
});

function toPlace(
  text: string,
): "off" | "on" | { readonly host: string; readonly port: number } {
  if (text === "off" || text === "on") return text;
  const [, ipv6, name, port = ""] = ADDRESS.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined)
    throw new UnitError(
      'It must be "off", "on", or an address and a port such as "127.0.0.1:9464".',
    );
  return { host, port: toInteger(port, 0, 65_535) };
}

function readOtel(environment: Environment): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, text] of Object.entries(environment))
    if (text !== undefined && text !== "" && name.startsWith("OTEL_"))
      read[name] = text;
  return read;
}
