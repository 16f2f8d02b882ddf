/** Asks the parts of the server for their counts whenever metrics are collected. */
import type { Meter } from "@opentelemetry/api";
import type { ByteBudget } from "../../byte-budget.ts";
import type { ChildCounts } from "../../execute/child/pool.ts";
import type { Scheduler } from "../../queue/scheduler.ts";
import type { ActiveRun } from "../../run/active/active-run.ts";
import type { Runner } from "../../run/active/runner.ts";
import { Observed } from "./observed.ts";

export interface ServerParts {
  readonly scheduler: Pick<Scheduler, "runningCount" | "queuedCount">;
  readonly runner: Pick<Runner, "active" | "lingering">;
  readonly pool: { readonly counts: ChildCounts };
  readonly streams: { readonly count: number };
  /** What shares memory between keys, by what the memory is for. */
  readonly budgets: Readonly<Record<string, ByteBudget>>;
  readonly disk: { readonly freeBytes: number };
  readonly minFreeDiskBytes: number;
  /** How many runs may run at once. */
  readonly maxRunning: number;
  readonly maxQueued: number;
}

export function observeServer(meter: Meter, parts: ServerParts): void {
  const { scheduler, runner, pool } = parts;
  const observed = new Observed(meter);
  const queued = observed.gauge(
    "actiond.queue.length",
    "Runs that wait for a slot or for their next attempt.",
  );
  const maxQueued = observed.gauge(
    "actiond.queue.max.length",
    "Runs that may wait.",
  );
  const oldest = observed.gauge(
    "actiond.queue.oldest.age",
    "Time since the acceptance of the oldest run that waits for a slot; 0 when none waits.",
    "s",
  );
  const slots = observed.gauge("actiond.slots.used", "Slots that runs hold.");
  const maxSlots = observed.gauge("actiond.slots.max", "Slots that there are.");
  const lingering = observed.gauge(
    "actiond.runs.lingering",
    "Runs that have their outcome and whose code goes on.",
  );
  const streams = observed.gauge(
    "actiond.streams.open",
    "Streams of events and logs that readers have open.",
  );
  const memory = observed.gauge(
    "actiond.memory.held",
    "Memory that inputs, results, replies and streams of callers take, or the bodies of callbacks.",
    "By",
  );
  const mostMemory = observed.gauge(
    "actiond.memory.held.key.max",
    "What the key takes of it that takes the most.",
    "By",
  );
  const maxMemory = observed.gauge(
    "actiond.memory.max",
    "Memory that they may take; one key may take half of it.",
    "By",
  );
  const free = observed.gauge(
    "actiond.disk.free",
    "Room that the disk of the data folder has left.",
    "By",
  );
  const minFree = observed.gauge(
    "actiond.disk.min.free",
    "Room below which new runs are refused.",
    "By",
  );
  const children = observed.gauge(
    "actiond.children",
    "Child processes, by what they do.",
  );
  const started = observed.counter(
    "actiond.children.started",
    "Child processes that were started.",
  );
  const ended = observed.counter(
    "actiond.children.ended",
    "Child processes that have ended, by why: a kill, a dismissal or a crash.",
  );
  observed.collect((result) => {
    result.observe(queued, scheduler.queuedCount);
    result.observe(maxQueued, parts.maxQueued);
    result.observe(oldest, oldestQueuedMs(runner.active) / 1000);
    result.observe(slots, scheduler.runningCount);
    result.observe(maxSlots, parts.maxRunning);
    result.observe(lingering, count(runner.lingering));
    result.observe(streams, parts.streams.count);
    for (const [of, budget] of Object.entries(parts.budgets)) {
      result.observe(memory, budget.heldBytes, { of });
      result.observe(mostMemory, budget.mostHeldBytes, { of });
      result.observe(maxMemory, budget.maxBytes, { of });
    }
    result.observe(free, parts.disk.freeBytes);
    result.observe(minFree, parts.minFreeDiskBytes);
    const counts = pool.counts;
    result.observe(children, counts.running, { state: "running" });
    result.observe(children, counts.idle, { state: "idle" });
    result.observe(started, counts.started);
    for (const [reason, number] of Object.entries(counts.ended))
      result.observe(ended, number, { reason });
  });
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
