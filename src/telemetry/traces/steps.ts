/** Steps: parts of an action's code that are spans of their own. */
import { SpanStatusCode, type Span, type Tracer } from "@opentelemetry/api";

export type Trace = <Value>(name: string, code: () => Value) => Value;

/** @returns what an action calls as `context.trace` */
export function traceSteps(tracer: Tracer): Trace {
  return (name, code) =>
    tracer.startActiveSpan(name, (span) => {
      try {
        const value = code();
        if (!(value instanceof Promise)) {
          span.end();
          return value;
        }
        return value.then(
          (result: unknown) => {
            span.end();
            return result;
          },
          (error: unknown) => {
            fail(span, error);
            throw error;
          },
        ) as typeof value;
      } catch (error) {
        fail(span, error);
        throw error;
      }
    });
}

function fail(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.end();
}
