/** Sends the lines of the log to a collector, each with the trace that it belongs to. */
import {
  context,
  type Context,
  ROOT_CONTEXT,
  SeverityNumber,
  type SpanContext,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import type { Resource } from "@opentelemetry/resources";
import {
  BatchLogRecordProcessor,
  LoggerProvider,
} from "@opentelemetry/sdk-logs";
import { end } from "../last-words.ts";
import type { LogLevel, LogTap } from "../../log.ts";
import type { RunTraces } from "../traces/run-traces.ts";
import { parseTraceparent } from "../traces/trace-context.ts";

const SEVERITIES: Readonly<Record<LogLevel, SeverityNumber>> = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};
const DELAY_MS = 1000;
/** Beyond this lines are dropped for the collector; the log itself has them. */
const MAX_LINES = 8192;

/** From now on each line that is written names its trace. */
export function markLines(tap: LogTap, traces: RunTraces): Disposable {
  tap.mark = (fields) => {
    const found = findTrace(fields, traces);
    return found && { trace_id: found.traceId, span_id: found.spanId };
  };
  return {
    [Symbol.dispose]() {
      tap.mark = undefined;
    },
  };
}

export function sendLines(resource: Resource, tap: LogTap): AsyncDisposable {
  const provider = new LoggerProvider({
    resource,
    processors: [
      new BatchLogRecordProcessor({
        exporter: new OTLPLogExporter(),
        scheduledDelayMillis: DELAY_MS,
        maxQueueSize: MAX_LINES,
      }),
    ],
  });
  const logger = provider.getLogger("actiond");
  tap.onLine = ({ level, message, fields }) => {
    logger.emit({
      severityNumber: SEVERITIES[level],
      severityText: level.toUpperCase(),
      body: message,
      attributes: fields,
      context: toContext(fields),
    });
  };
  return {
    async [Symbol.asyncDispose]() {
      tap.onLine = undefined;
      await end(provider);
    },
  };
}

/**
 * The span of the code that is running, or that of the run that the line names, where they belong to different traces:
 * timers and queues carry the context of whoever set them off.
 */
function findTrace(
  fields: Readonly<Record<string, unknown>>,
  traces: RunTraces,
): SpanContext | undefined {
  const active = trace.getSpanContext(context.active());
  const traceparent = traces.find(fields["run_id"]);
  if (traceparent === null) return active;
  const named = parseTraceparent(traceparent);
  return active?.traceId === named.traceId ? active : named;
}

function toContext({ trace_id, span_id }: Marks): Context {
  if (trace_id === undefined || span_id === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: trace_id,
    spanId: span_id,
    traceFlags: TraceFlags.SAMPLED,
  });
}

/** What `markLines` adds to the fields of a line. */
interface Marks {
  readonly trace_id?: string;
  readonly span_id?: string;
}
