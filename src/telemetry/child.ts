/** The telemetry of a child process: what the code of its actions traces belongs to the run that the server traces. */
import { context } from "@opentelemetry/api";
import type { CodeTracing } from "../execute/child/child-program.ts";
import { describeProcess } from "./resource.ts";
import { traceSteps } from "./traces/steps.ts";
import { fromHeaders } from "./traces/trace-context.ts";
import { openTraces } from "./traces/tracing.ts";

/** @param environment has the `OTEL_*` variables, as those of the server */
export function openChildTracing(
  version: string,
  environment: Readonly<Record<string, string>>,
): CodeTracing {
  const tracing = openTraces(describeProcess(version), environment);
  return {
    trace: traceSteps(tracing.tracer),
    flush: () => tracing.flush(),
    around: (execute) => async (task) => {
      const outcome = await context.with(fromHeaders(task), () =>
        execute(task),
      );
      // A child may be killed at any time: what it has traced is sent soon.
      void tracing.flush();
      return outcome;
    },
  };
}
