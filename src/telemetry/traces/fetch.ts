/** Lets a `fetch` inside an action carry the trace of its run, and be a span of it. */
import {
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { toHeaders } from "./trace-context.ts";
import { describePeer } from "./peer.ts";

const FIRST_ERROR = 400;

/** Only where a span is active, which is inside of actions: the server's own requests stay as they are. */
export function carryOnFetch(tracer: Tracer): Disposable {
  const original = globalThis.fetch;
  const carrying = async (
    target: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> => {
    if (trace.getActiveSpan() === undefined) return original(target, init);
    const request = target instanceof Request ? target : undefined;
    const headers = new Headers(init?.headers ?? request?.headers);
    // Who sends a trace of its own, such as another instrumentation, knows better.
    if (headers.has("traceparent")) return original(target, init);
    const method = init?.method ?? request?.method ?? "GET";
    const span = startSpan(
      tracer,
      method,
      target instanceof Request ? target.url : target,
    );
    const { traceparent, tracestate } = toHeaders(span);
    headers.set("traceparent", traceparent);
    if (tracestate !== null) headers.set("tracestate", tracestate);
    try {
      const response = await context.with(
        trace.setSpan(context.active(), span),
        () => original(target, { ...init, headers }),
      );
      span.setAttribute("http.response.status_code", response.status);
      if (response.status >= FIRST_ERROR)
        span.setStatus({ code: SpanStatusCode.ERROR });
      return response;
    } catch (error) {
      const { name, message } = error as Error;
      span.setAttribute("error.type", name);
      span.setStatus({ code: SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      span.end();
    }
  };
  globalThis.fetch = Object.assign(carrying, original);
  return {
    [Symbol.dispose]() {
      globalThis.fetch = original;
    },
  };
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span; a query or a user may be a secret */
function startSpan(tracer: Tracer, method: string, target: string | URL): Span {
  const url = URL.parse(String(target));
  return tracer.startSpan(method.toUpperCase(), {
    kind: SpanKind.CLIENT,
    attributes: {
      "http.request.method": method.toUpperCase(),
      ...(url && {
        "url.full": `${url.origin}${url.pathname}`,
        ...describePeer(url),
      }),
    },
  });
}
