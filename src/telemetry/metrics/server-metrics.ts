/** Asks the parts of the server for their counts whenever metrics are collected. */
import type { Meter } from "@opentelemetry/api";
import type { ChildCounts } from "../../execute/child/pool.ts";
import type { Scheduler } from "../../queue/scheduler.ts";
import type { ActiveRun } from "../../run/active/active-run.ts";
import type { Runner } from "../../run/active/runner.ts";

export interface ServerParts {
  readonly scheduler: Pick<Scheduler, "runningCount" | "queuedCount">;
  readonly runner: Pick<Runner, "active" | "lingering">;
  readonly pool: { readonly counts: ChildCounts };
  readonly streams: { readonly count: number };
  readonly disk: { readonly freeBytes: number };
  readonly minFreeDiskBytes: number;
  /** How many runs may run at once. */
  readonly maxRunning: number;
  readonly maxQueued: number;
}

export function observeServer(meter: Meter, parts: ServerParts): void {
  const { scheduler, runner, pool } = parts;
  const gauge = (name: string, description: string, unit = "") =>
    meter.createObservableGauge(`actiond.${name}`, { description, unit });
  const counter = (name: string, description: string) =>
    meter.createObservableCounter(`actiond.${name}`, { description });
  const queued = gauge(
    "queue.length",
    "Runs that wait for a slot or for their next attempt.",
  );
  const maxQueued = gauge("queue.max.length", "Runs that may wait.");
  const oldest = gauge(
    "queue.oldest.age",
    "Time since the acceptance of the oldest run that waits for a slot; 0 when none waits.",
    "s",
  );
  const slots = gauge("slots.used", "Slots that runs hold.");
  const maxSlots = gauge("slots.max", "Slots that there are.");
  const lingering = gauge(
    "runs.lingering",
    "Runs that have their outcome and whose code goes on.",
  );
  const streams = gauge(
    "streams.open",
    "Streams of events and logs that readers have open.",
  );
  const free = gauge(
    "disk.free",
    "Room that the disk of the data folder has left.",
    "By",
  );
  const minFree = gauge(
    "disk.min.free",
    "Room below which new runs are refused.",
    "By",
  );
  const children = gauge("children", "Child processes, by what they do.");
  const started = counter(
    "children.started",
    "Child processes that were started.",
  );
  const ended = counter(
    "children.ended",
    "Child processes that have ended, by why: a kill, a dismissal or a crash.",
  );
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(queued, scheduler.queuedCount);
      result.observe(maxQueued, parts.maxQueued);
      result.observe(oldest, oldestQueuedMs(runner.active) / 1000);
      result.observe(slots, scheduler.runningCount);
      result.observe(maxSlots, parts.maxRunning);
      result.observe(lingering, count(runner.lingering));
      result.observe(streams, parts.streams.count);
      result.observe(free, parts.disk.freeBytes);
      result.observe(minFree, parts.minFreeDiskBytes);
      const counts = pool.counts;
      result.observe(children, counts.running, { state: "running" });
      result.observe(children, counts.idle, { state: "idle" });
      result.observe(started, counts.started);
      for (const [reason, number] of Object.entries(counts.ended))
        result.observe(ended, number, { reason });
    },
    [
      queued,
      maxQueued,
      oldest,
      slots,
      maxSlots,
      lingering,
      streams,
      free,
      minFree,
      children,
      started,
      ended,
    ],
  );
}

/** Runs are in the order of their acceptance, so the first one that waits is the oldest. */
function oldestQueuedMs(runs: Iterable<ActiveRun>): number {
  for (const { hasLeftQueue, nextAttemptAt, createdAt } of runs)
    if (!hasLeftQueue && nextAttemptAt === undefined)
      return Math.max(0, Date.now() - createdAt);
  return 0;
}

function count(items: Iterable<unknown>): number {
  let number = 0;
  for (const _ of items) number += 1;
  return number;
}
