/** Counts what the store commits, and says how much room it takes and what is owed. */
import type { Meter } from "@opentelemetry/api";
import type { Debts } from "../../run/delivery/delivery.ts";
import { BATCH_SIZES, FLUSH_SECONDS } from "./buckets.ts";
import { Observed } from "./observed.ts";

/** What the store tells and can be asked. */
export interface StoreParts {
  /** Calls `listener` for each transaction that was answered. */
  onBatch(
    listener: (batch: { count: number; ms: number; isKept: boolean }) => void,
  ): void;
  /** Whether it can be asked nothing any more. */
  isClosed(): boolean;
  sizes(): { databaseBytes: number; logBytes: number; logPages: number };
  debts(): Promise<Debts>;
}

export function observeStore(meter: Meter, store: StoreParts): void {
  const observed = new Observed(meter);
  const flush = meter.createHistogram("actiond.store.flush.duration", {
    description:
      "Time from the sending of a batch of changes to the answer that it is on disk, or is not.",
    unit: "s",
    advice: { explicitBucketBoundaries: FLUSH_SECONDS },
  });
  const size = meter.createHistogram("actiond.store.batch.size", {
    description: "Changes that are committed together.",
    advice: { explicitBucketBoundaries: BATCH_SIZES },
  });
  store.onBatch(({ count, ms, isKept }) => {
    flush.record(ms / 1000, { result: isKept ? "kept" : "refused" });
    size.record(count);
  });
  const database = observed.gauge(
    "actiond.store.database",
    "Size of the database.",
    "By",
  );
  const log = observed.gauge(
    "actiond.store.log",
    "Size of the file of the write-ahead log, which is not shortened.",
    "By",
  );
  const pages = observed.gauge(
    "actiond.store.log.pages",
    "Pages of the write-ahead log that are in use.",
  );
  const pending = observed.gauge(
    "actiond.callbacks.pending",
    "Callbacks that are owed.",
  );
  const dead = observed.gauge(
    "actiond.callbacks.dead",
    "Callbacks that were given up and can be sent again.",
  );
  const oldest = observed.gauge(
    "actiond.callbacks.oldest.age",
    "Time since the oldest callback that is owed became so; 0 when none is.",
    "s",
  );
  observed.collect(async (result) => {
    // While the server stops, metrics are collected a last time.
    if (store.isClosed()) return;
    const sizes = store.sizes();
    result.observe(database, sizes.databaseBytes);
    result.observe(log, sizes.logBytes);
    result.observe(pages, sizes.logPages);
    const { pendingCount, deadCount, oldestAt } = await store.debts();
    result.observe(pending, pendingCount);
    result.observe(dead, deadCount);
    const ms = oldestAt === null ? 0 : Date.now() - oldestAt;
    result.observe(oldest, Math.max(0, ms) / 1000);
  });
}
