/** Makes spans of what happens to a run between its attempts: it is accepted, and it waits in the queue. */
import { SpanKind, type Tracer } from "@opentelemetry/api";
import type { EventOf, RunEvents, RunFacts } from "../../run/events.ts";
import { fromHeaders, isSampled } from "./trace-context.ts";

/** A shorter wait is none: times of events are whole milliseconds. */
const MIN_WAIT_MS = 2;
/** Runs of which it is remembered when they were accepted; of others the wait is not a span. */
const MAX_WAITING = 100_000;

export function traceRunEvents(tracer: Tracer, events: RunEvents): Disposable {
  const acceptedAt = new Map<string, number>();
  const record = (
    name: string,
    run: RunFacts,
    { from, to }: { from: number; to: number },
  ) => {
    if (!isSampled(run)) return;
    const attributes = {
      "faas.name": `${run.package}/${run.action}`,
      "faas.invocation_id": run.id,
    };
    tracer
      .startSpan(
        name,
        { kind: SpanKind.INTERNAL, startTime: from, attributes },
        fromHeaders(run),
      )
      .end(to);
  };
  const onStarted = ({ run, attempt, at }: EventOf<"started">) => {
    // A run that an earlier process accepted has waited since then.
    const from = acceptedAt.get(run.id) ?? run.createdAt;
    acceptedAt.delete(run.id);
    if (attempt > 1 || at - from < MIN_WAIT_MS) return;
    record("queue", run, { from, to: at });
  };
  const listening = new DisposableStack();
  listening.use(
    events.listen(["accepted"], ({ run, at }) => {
      record("accept", run, { from: run.createdAt, to: at });
      if (acceptedAt.size < MAX_WAITING) acceptedAt.set(run.id, at);
    }),
  );
  listening.use(events.listen(["started"], onStarted));
  listening.use(
    events.listen(["finished", "released"], ({ run }) => {
      acceptedAt.delete(run.id);
    }),
  );
  return listening;
}
