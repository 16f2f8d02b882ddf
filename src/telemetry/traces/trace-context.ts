/** W3C trace context: from the headers and columns it is kept in to the contexts of OpenTelemetry, and back. */
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  TraceFlags,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";

/** https://www.w3.org/TR/trace-context/ */
export interface TraceHeaders {
  readonly traceparent: string | null;
  readonly tracestate: string | null;
}

const propagator = new W3CTraceContextPropagator();
const GETTER = {
  get: (headers: TraceHeaders, name: string) =>
    headers[name as keyof TraceHeaders] ?? undefined,
  keys: () => ["traceparent", "tracestate"],
};

/** The context of whoever sent these headers; an empty one when there are none. */
export function fromHeaders(headers: TraceHeaders): Context {
  if (headers.traceparent === null) return ROOT_CONTEXT;
  return propagator.extract(ROOT_CONTEXT, headers, GETTER);
}

/** What is sent on behalf of a span. */
export function toHeaders(span: Span): {
  traceparent: string;
  tracestate: string | null;
} {
  const context = span.spanContext();
  return {
    traceparent: toTraceparent(context),
    tracestate: context.traceState?.serialize() ?? null,
  };
}

/** @param traceparent one that was found to be valid when it arrived */
export function parseTraceparent(traceparent: string): SpanContext {
  return {
    traceId: traceparent.slice(3, 35),
    spanId: traceparent.slice(36, 52),
    traceFlags: Number.parseInt(traceparent.slice(53, 55), 16),
  };
}

/** Whether spans of this trace are kept. Without a trace, the sampler has not decided yet. */
export function isSampled({ traceparent }: TraceHeaders): boolean {
  if (traceparent === null) return true;
  return (parseTraceparent(traceparent).traceFlags & TraceFlags.SAMPLED) !== 0;
}

function toTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}
