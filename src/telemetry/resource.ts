/** What the telemetry of this process is about: https://opentelemetry.io/docs/specs/semconv/resource/ */
import { hostname } from "node:os";
import {
  defaultResource,
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win over what is known here. */
export function describeProcess(version: string): Resource {
  const known = resourceFromAttributes({
    "service.name": "actiond",
    "service.version": version,
    "service.instance.id": crypto.randomUUID(),
    "host.name": hostname(),
    "process.pid": process.pid,
  });
  const detectors = [resourceAttributesEnvDetector, serviceNameEnvDetector];
  return defaultResource().merge(known).merge(detectResources({ detectors }));
}
