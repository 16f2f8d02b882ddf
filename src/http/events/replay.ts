/** What happened to a run until now, in order, from the store. */
import type {
  DeliveryAttempt,
  DeliveryStore,
} from "../../run/delivery/delivery.ts";
import { type Entry } from "../../run/kept-log/entry.ts";
import type { LogReader } from "../../run/kept-log/log-store.ts";
import type { Run } from "../../run/run.ts";
import {
  type EventObject,
  findFinished,
  toAccepted,
  toCallbackAttempt,
  toDetached,
  toKept,
  toOwed,
  toProgress,
  toStarted,
} from "./event-object.ts";

export interface ReplayParts {
  readonly deliveries: Pick<DeliveryStore, "find" | "attempts">;
  readonly logs: LogReader;
}

/** @param seq entries of its log up to this one are left out */
export async function* replay(
  run: Run,
  seq: number,
  { deliveries, logs }: ReplayParts,
): AsyncGenerator<EventObject> {
  // Before the lines: what it had logged until then is told before it, whatever is written meanwhile.
  const progress = await logs.findProgress(run.id);
  let marks = milestones(run);
  for await (const entry of readEntries(run.id, seq, logs)) {
    const next = toKept(run, JSON.parse(entry.text) as Entry, entry.seq);
    yield* marks.filter((mark) => isBefore(mark, next));
    marks = marks.filter((mark) => !isBefore(mark, next));
    yield next;
  }
  yield* marks;
  if (progress !== undefined) yield toProgress(run, progress);
  const finished = findFinished(run);
  if (finished === undefined) return;
  yield finished;
  const delivery =
    run.callbackUrl === null ? undefined : await deliveries.find(run.id);
  if (delivery === undefined) return;
  yield toOwed(run, delivery.createdAt, delivery.host);
  for (const attempt of await deliveries.attempts(run.id))
    if (hasEnd(attempt)) yield toCallbackAttempt(run, attempt);
}

/** @returns the entries of a log after `seq`, each as JSON with its number */
export async function* readEntries(
  id: string,
  seq: number,
  logs: Pick<LogReader, "findAfter">,
): AsyncGenerator<{ seq: number; text: string }> {
  let last = seq;
  for (;;) {
    const kept = await logs.findAfter(id, last);
    if (kept === undefined) return;
    const { firstSeq, lastSeq, text } = kept;
    for (const [index, line] of text.split("\n").entries())
      if (firstSeq + index > last) yield { seq: firstSeq + index, text: line };
    last = lastSeq;
  }
}

/** One that goes on is told when it has ended. */
function hasEnd({ httpStatus, ms }: DeliveryAttempt): boolean {
  return httpStatus !== null || ms > 0;
}

/** What the run itself says of its way to its end, in order. */
function milestones(run: Run): EventObject[] {
  const { startedAt, detachedAt } = run;
  const later = [
    ...(detachedAt === null ? [] : [toDetached(run, detachedAt)]),
    ...(startedAt === null ? [] : [toStarted(run, startedAt, 1)]),
  ];
  return [
    toAccepted(run),
    ...later.toSorted((one, other) => timeOf(one) - timeOf(other)),
  ];
}

/** A run that has logged had started before, whatever is recorded: an interruption makes it start again. */
function isBefore(mark: EventObject, kept: EventObject): boolean {
  return mark.name === "started" || timeOf(mark) <= timeOf(kept);
}

function timeOf({ data }: EventObject): number {
  return Date.parse(String(data["time"]));
}
