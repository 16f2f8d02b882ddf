/** Makes each attempt of a run a span, within which the code of its action is called. */
import {
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { Executor, Task } from "../../execute/task.ts";
import type { Outcome } from "../../run/run.ts";
import { fromHeaders, isSampled, toHeaders } from "./trace-context.ts";

/** The context of the trace is kept with the run: it is the same after a restart, and however long the run was queued. */
export function traceAttempts(tracer: Tracer, execute: Executor): Executor {
  return (task) => {
    const parent = fromHeaders(task);
    // What it sends still says to whom it belongs, and that nobody keeps it.
    if (!isSampled(task)) return context.with(parent, () => execute(task));
    const { address } = task.entry;
    const span = tracer.startSpan(
      `run ${address}`,
      {
        kind: SpanKind.INTERNAL,
        attributes: {
          "faas.name": address,
          "faas.invocation_id": task.id,
          "faas.trigger": "http",
          "actiond.attempt": task.attempt,
        },
      },
      parent,
    );
    const outcome = context.with(trace.setSpan(parent, span), () =>
      execute(new TracedTask(task, span)),
    );
    if (outcome instanceof Promise)
      return outcome.then((ended) => end(span, ended));
    return end(span, outcome);
  };
}

function end(span: Span, outcome: Outcome): Outcome {
  span.setAttribute("actiond.outcome", outcome.status);
  if (outcome.status !== "passed") {
    const { kind, message } = outcome.error;
    span.setAttribute("error.type", kind);
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  span.end();
  return outcome;
}

/** The task with the span of its attempt in place of the trace it was accepted with. */
class TracedTask implements Task {
  readonly id;
  readonly package;
  readonly action;
  readonly owner;
  readonly requestId;
  readonly callbackUrl;
  readonly createdAt;
  readonly attempt;
  readonly entry;
  readonly input;
  readonly sent;
  readonly callerName;
  readonly traceparent: string;
  readonly tracestate: string | null;
  readonly #task: Task;

  constructor(task: Task, span: Span) {
    this.id = task.id;
    this.package = task.package;
    this.action = task.action;
    this.owner = task.owner;
    this.requestId = task.requestId;
    this.callbackUrl = task.callbackUrl;
    this.createdAt = task.createdAt;
    this.attempt = task.attempt;
    this.entry = task.entry;
    this.input = task.input;
    this.sent = task.sent;
    this.callerName = task.callerName;
    const { traceparent, tracestate } = toHeaders(span);
    this.traceparent = traceparent;
    this.tracestate = tracestate;
    this.#task = task;
  }

  get signal(): AbortSignal {
    return this.#task.signal;
  }

  get isEndedEarly(): boolean {
    return this.#task.isEndedEarly;
  }
}
