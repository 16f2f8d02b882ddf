/** Sends the lines of the log to a collector, each with the trace that it belongs to. */
import {
  context,
  type Context,
  SeverityNumber,
  trace,
} from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import type { Resource } from "@opentelemetry/resources";
import {
  BatchLogRecordProcessor,
  LoggerProvider,
} from "@opentelemetry/sdk-logs";
import type { LogLevel, LogTap } from "../../log.ts";
import type { RunTraces } from "../traces/run-traces.ts";
import { fromHeaders } from "../traces/trace-context.ts";

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
    const span = trace.getSpanContext(contextOf(fields, traces));
    return span && { trace_id: span.traceId, span_id: span.spanId };
  };
  return {
    [Symbol.dispose]() {
      tap.mark = undefined;
    },
  };
}

export function sendLines(
  resource: Resource,
  { tap, traces }: { tap: LogTap; traces: RunTraces },
): AsyncDisposable {
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
      context: contextOf(fields, traces),
    });
  };
  return {
    async [Symbol.asyncDispose]() {
      tap.onLine = undefined;
      await provider.forceFlush({ timeoutMillis: 2000 }).catch(() => undefined);
      void provider.shutdown().catch(() => undefined);
    },
  };
}

/**
 * The context of the code that is running; of the run that the line names, where that belongs to another trace: timers
 * and queues carry the context of whoever set them off.
 */
function contextOf(
  fields: Readonly<Record<string, unknown>>,
  traces: RunTraces,
): Context {
  const active = context.active();
  const traceparent = traces.find(fields["run_id"]);
  if (traceparent === null) return active;
  const named = fromHeaders({ traceparent, tracestate: null });
  const isSame =
    trace.getSpanContext(active)?.traceId ===
    trace.getSpanContext(named)?.traceId;
  return isSame ? active : named;
}
