/** Events of runs as clients see them, whether they happen now or are told again from the store. */
import type { DeliveryAttempt } from "../../run/delivery/delivery.ts";
import type { EventOf, RunEventKind, RunFacts } from "../../run/events.ts";
import type { Entry } from "../../run/kept-log/entry.ts";
import type { FollowedRun, KeptFact } from "../../run/kept-log/event-store.ts";
import type { KeptProgress } from "../../run/kept-log/log-store.ts";
import {
  outcomeOf,
  type Outcome,
  type Run,
  type RunError,
} from "../../run/run.ts";
import type { EventName, Place } from "./told.ts";

/** The kinds of events that clients see. */
export const SEEN = [
  "accepted",
  "started",
  "log",
  "progress",
  "attempt_failed",
  "detached",
  "unheard",
  "finished",
  "owed",
  "callback_attempt",
] as const satisfies readonly (RunEventKind & EventName)[];

export type SeenEvent = EventOf<(typeof SEEN)[number]>;

export interface EventObject extends Place {
  readonly data: Readonly<Record<string, unknown>>;
}

type Named = Pick<RunFacts, "id" | "package" | "action">;

export function toEventObject(event: SeenEvent): EventObject {
  const { run, at } = event;
  switch (event.kind) {
    case "accepted":
      return toAccepted(run);
    case "started":
      return toStarted(run, at, event.attempt);
    case "log":
      return toObject(run, "log", {
        at: event.lineAt,
        number: event.seq,
        members: { seq: event.seq, ...event.line },
      });
    case "progress":
      return toProgress(run, event.progress);
    case "attempt_failed":
      return toAttemptFailed(run, at, {
        attempt: event.attempt,
        error: event.error,
        next_attempt_time: toTime(event.nextAttemptAt),
      });
    case "detached":
    case "unheard":
      return toObject(run, event.kind, { at });
    case "finished":
      return toFinished(run, at, event);
    case "owed":
      return toOwed(run, at, event.host);
    case "callback_attempt":
    default:
      return toCallbackAttempt(run, event.attempt);
  }
}

export function toFactObject(run: FollowedRun, fact: KeptFact): EventObject {
  switch (fact.kind) {
    case "accepted":
      return toAccepted(run);
    case "started":
      return toStarted(run, fact.at, 1);
    case "detached":
      return toDetached(run, fact.at);
    case "finished":
      return toFinished(run, fact.at, fact);
    case "entry":
      return toKept(run, JSON.parse(fact.text) as Entry, fact.number);
    case "progress":
      return toProgress(run, fact.progress);
    case "owed":
      return toOwed(run, fact.at, fact.host);
    case "callback_attempt":
    default:
      return toCallbackAttempt(run, fact.attempt);
  }
}

export function toAccepted(
  run: Named & Pick<RunFacts, "createdAt" | "requestId">,
): EventObject {
  const members = { request_id: run.requestId };
  return toObject(run, "accepted", { at: run.createdAt, members });
}

export function toStarted(
  run: Named,
  at: number,
  attempt: number,
): EventObject {
  return toObject(run, "started", {
    at,
    number: attempt,
    members: { attempt },
  });
}

/** @returns what an entry of the kept log says */
export function toKept(run: Named, entry: Entry, seq: number): EventObject {
  const at = Date.parse(entry.time);
  if (!("event" in entry)) {
    const { time: _, ...line } = entry;
    return toObject(run, "log", { at, number: seq, members: { seq, ...line } });
  }
  switch (entry.event) {
    case "started":
      return toStarted(run, at, entry.attempt);
    case "attempt_failed":
      return toAttemptFailed(run, at, entry);
    case "unheard":
    default:
      return toObject(run, entry.event, { at });
  }
}

export function toProgress(run: Named, progress: KeptProgress): EventObject {
  const { at, fraction, message } = progress;
  const members = { fraction, message };
  return toObject(run, "progress", { at, number: at, members });
}

export function toDetached(run: Named, at: number): EventObject {
  return toObject(run, "detached", { at });
}

/** @returns undefined while it is not finished */
export function findFinished(run: Run): EventObject | undefined {
  if (run.finishedAt === null) return undefined;
  const { runMs } = run;
  return toFinished(run, run.finishedAt, { outcome: outcomeOf(run), runMs });
}

export function toOwed(run: Named, at: number, host: string): EventObject {
  return toObject(run, "owed", { at, members: { host } });
}

export function toCallbackAttempt(
  run: Named,
  { number, at, httpStatus, ms, error }: DeliveryAttempt,
): EventObject {
  const milliseconds = Math.round(ms * 1000) / 1000;
  const members = { number, status: httpStatus, milliseconds, error };
  return toObject(run, "callback_attempt", { at, number, members });
}

function toAttemptFailed(
  run: Named,
  at: number,
  failed: { attempt: number; error: RunError; next_attempt_time: string },
): EventObject {
  const { attempt, error, next_attempt_time } = failed;
  return toObject(run, "attempt_failed", {
    at,
    number: attempt,
    members: { attempt, error: toError(error), next_attempt_time },
  });
}

function toFinished(
  run: Named,
  at: number,
  { outcome, runMs }: { outcome: Outcome; runMs: number | null },
): EventObject {
  const members = {
    state: outcome.status,
    run_time: runMs === null ? null : Math.round(runMs * 1000) / 1e6,
    error: outcome.status === "passed" ? null : toError(outcome.error),
  };
  return toObject(run, "finished", { at, members });
}

function toError({ code, message, data }: RunError) {
  return { code, message, ...(data === undefined ? {} : { data }) };
}

function toObject(
  { id, package: packageName, action }: Named,
  name: EventName,
  {
    at,
    number = 1,
    members = {},
  }: {
    at: number;
    number?: number;
    members?: Readonly<Record<string, unknown>>;
  },
): EventObject {
  return {
    name,
    number,
    data: {
      run_id: id,
      action_id: `${packageName}/${action}`,
      time: toTime(at),
      ...members,
    },
  };
}

function toTime(at: number): string {
  return new Date(at).toISOString();
}
