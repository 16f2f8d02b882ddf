/** Watches requests: counts them, and opens the span that everything they lead to belongs to. */
import {
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { AnsweredRequest } from "./metrics/request-metrics.ts";
import { fromHeaders, toHeaders } from "./traces/trace-context.ts";

/** The part of an operation that requests are told apart by. */
interface Route {
  readonly path: string;
  readonly isStream?: boolean;
}

interface Seen {
  readonly startedAt: number;
  readonly span: Span | undefined;
  route: Route | undefined;
  refusal: string | undefined;
}

interface Parts {
  readonly tracer: Tracer | undefined;
  readonly meter:
    { begin: () => void; end: (request: AnsweredRequest) => void } | undefined;
}

type Fetch<Listener> = (
  request: Request,
  listener: Listener,
) => Promise<Response>;

/** Health checks, metrics and pages would be most of all traces, and nobody looks for them. */
const TRACED = /^https?:\/\/[^/]+\/(?:api|mcp)(?:\/|$)/;
const FIRST_SERVER_ERROR = 500;

export class RequestWatcher {
  readonly #parts: Parts;
  readonly #seen = new WeakMap<Request, Seen>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  onRoute(request: Request, route: Route): void {
    const seen = this.#seen.get(request);
    if (seen !== undefined) seen.route = route;
  }

  onRefusal(request: Request, code: string): void {
    const seen = this.#seen.get(request);
    if (seen !== undefined) seen.refusal = code;
  }

  /** @returns what answers as `fetch` does, and is watched */
  around<Listener>(fetch: Fetch<Listener>): Fetch<Listener> {
    return async (request, listener) => {
      const span = this.#startSpan(request);
      const startedAt = performance.now();
      const seen: Seen = {
        startedAt,
        span,
        route: undefined,
        refusal: undefined,
      };
      this.#seen.set(request, seen);
      this.#parts.meter?.begin();
      const answer = () => fetch(request, listener);
      const response = await (span === undefined
        ? answer()
        : context.with(trace.setSpan(context.active(), span), answer));
      this.#end(request, response, seen);
      return response;
    };
  }

  /** From here on the request names this span as its sender: the run that it asks for, and its callback, belong to it. */
  #startSpan({ url, method, headers }: Request): Span | undefined {
    const { tracer } = this.#parts;
    if (tracer === undefined || !TRACED.test(url)) return undefined;
    const sent = {
      traceparent: headers.get("traceparent"),
      tracestate: headers.get("tracestate"),
    };
    const attributes = { "http.request.method": method };
    const span = tracer.startSpan(
      method,
      { kind: SpanKind.SERVER, attributes },
      fromHeaders(sent),
    );
    headers.set("traceparent", toHeaders(span).traceparent);
    return span;
  }

  #end(
    { method, url }: Request,
    { status }: Response,
    { span, route, refusal, startedAt }: Seen,
  ): void {
    const ms = performance.now() - startedAt;
    this.#parts.meter?.end({ route: route?.path, method, status, refusal, ms });
    if (span?.isRecording() !== true) return;
    if (route !== undefined) {
      span.updateName(`${method} ${route.path}`);
      span.setAttribute("http.route", route.path);
    }
    // Bun takes hosts that no URL can have.
    const parsed = URL.parse(url);
    span.setAttributes({
      ...(parsed && {
        "url.path": parsed.pathname,
        "url.scheme": parsed.protocol.slice(0, -1),
      }),
      "http.response.status_code": status,
    });
    if (refusal !== undefined) span.setAttribute("error.type", refusal);
    if (status >= FIRST_SERVER_ERROR)
      span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}
