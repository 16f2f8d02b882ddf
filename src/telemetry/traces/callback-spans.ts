/** Makes each attempt at a callback a span, whose context goes to the receiver. */
import { SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";
import type { Run } from "../../run/run.ts";
import { fromHeaders, toHeaders, type TraceHeaders } from "./trace-context.ts";
import { describePeer } from "./peer.ts";

interface CallbackTrace extends TraceHeaders {
  end(answer: { httpStatus: number | null; error: string | null }): void;
}

/** @returns what follows an attempt from its begin to its end */
export function traceCallbacks(
  tracer: Tracer,
): (run: Run, target: { url: URL; number: number }) => CallbackTrace {
  return (run, { url, number }) => {
    const span = tracer.startSpan(
      "POST callback",
      {
        kind: SpanKind.CLIENT,
        attributes: {
          "http.request.method": "POST",
          // The rest of the URL may be a secret of its receiver.
          ...describePeer(url),
          "http.request.resend_count": number,
          "faas.name": `${run.package}/${run.action}`,
          "faas.invocation_id": run.id,
        },
      },
      fromHeaders(run),
    );
    return {
      ...toHeaders(span),
      end({ httpStatus, error }) {
        if (httpStatus !== null)
          span.setAttribute("http.response.status_code", httpStatus);
        if (error !== null)
          span.setStatus({ code: SpanStatusCode.ERROR, message: error });
        span.end();
      },
    };
  };
}
