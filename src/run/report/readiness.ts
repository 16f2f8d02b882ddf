/** Says whether new runs are accepted, and if not, why: for whoever decides where requests are sent. */
import { ServerError } from "../../errors.ts";
import { type RunAcceptor, shuttingDown } from "../accept.ts";
import type { Scheduler } from "../../queue/scheduler.ts";

/** What may keep new runs from being accepted. */
export const CHECKS = [
  "shutdown",
  "store",
  "disk",
  "queue",
  "lingering",
  "event_loop",
] as const;
type CheckName = (typeof CHECKS)[number];

export interface ReadinessParts {
  readonly acceptor: Pick<RunAcceptor, "isClosed">;
  readonly scheduler: Pick<Scheduler, "queuedCount">;
  readonly runner: { readonly lingering: Iterable<unknown> };
  readonly maxRunning: number;
  readonly maxQueued: number;
  /** Why the last changes were not recorded; undefined when they were. */
  readonly storeTrouble: () => string | undefined;
  readonly disk: { readonly trouble: ServerError | undefined };
  /** How late the event loop was in the last few seconds, in milliseconds. */
  readonly delayMs: () => number;
}

export interface Readiness {
  /** Why not, by check; undefined for those with which nothing is wrong. */
  readonly troubles: Readonly<Record<CheckName, ServerError | undefined>>;
  /** The first of them. */
  readonly refusal: ServerError | undefined;
}

/** Requests that come to a server whose event loop is later than this would wait as long. */
const MAX_DELAY_MS = 1000;
const RETRY_SECONDS = 5;

export function lookAtReadiness(parts: ReadinessParts): Readiness {
  const { acceptor, scheduler, maxQueued, maxRunning } = parts;
  const troubles = {
    shutdown: acceptor.isClosed ? shuttingDown() : undefined,
    store: storeTrouble(parts.storeTrouble()),
    disk: parts.disk.trouble,
    queue:
      maxQueued > 0 && scheduler.queuedCount >= maxQueued
        ? overloaded(`The queue is full: ${are(maxQueued, "run")} queued.`)
        : undefined,
    lingering: lingeringTrouble(count(parts.runner.lingering), maxRunning),
    event_loop: delayTrouble(parts.delayMs()),
  };
  const refusal = CHECKS.map((name) => troubles[name]).find(Boolean);
  return { troubles, refusal };
}

function storeTrouble(reason: string | undefined): ServerError | undefined {
  if (reason === undefined) return undefined;
  return new ServerError(
    "store_unavailable",
    `The last changes could not be recorded: ${reason.replace(/\.$/, "")}.`,
    { retryAfterSeconds: RETRY_SECONDS },
  );
}

function lingeringTrouble(
  lingering: number,
  maxRunning: number,
): ServerError | undefined {
  if (lingering < maxRunning) return undefined;
  return overloaded(
    `Every slot is taken by code that goes on after its run has ended: ${are(lingering, "run")} lingering.`,
  );
}

function delayTrouble(ms: number): ServerError | undefined {
  if (ms < MAX_DELAY_MS) return undefined;
  return overloaded(
    `The event loop was blocked for ${(ms / 1000).toFixed(1)} s a moment ago.`,
  );
}

function overloaded(message: string): ServerError {
  return new ServerError("overloaded", message, {
    retryAfterSeconds: RETRY_SECONDS,
  });
}

function are(number: number, noun: string): string {
  return number === 1 ? `1 ${noun} is` : `${number} ${noun}s are`;
}

function count(items: Iterable<unknown>): number {
  let number = 0;
  for (const _ of items) number += 1;
  return number;
}
