/** The sampler that the environment asks for: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration */
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";

/** Unknown names are taken for the default, as the specification asks. */
export function chooseSampler(
  environment: Readonly<Record<string, string>>,
): Sampler {
  const name = environment["OTEL_TRACES_SAMPLER"] ?? "parentbased_always_on";
  const argument = Number(environment["OTEL_TRACES_SAMPLER_ARG"] ?? 1);
  const ratio = argument >= 0 && argument <= 1 ? argument : 1;
  switch (name) {
    case "always_on":
      return new AlwaysOnSampler();
    case "always_off":
      return new AlwaysOffSampler();
    case "traceidratio":
      return new TraceIdRatioBasedSampler(ratio);
    case "parentbased_always_off":
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case "parentbased_traceidratio":
      return new ParentBasedSampler({
        root: new TraceIdRatioBasedSampler(ratio),
      });
    default:
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
  }
}
