/** A task without a run, and reports that go nowhere. */
import type { CatalogEntry } from "../../src/catalog/catalog-entry.ts";
import type { Reports } from "../../src/execute/reports.ts";
import type { Task } from "../../src/execute/task.ts";

/** Hears what code says of itself, and keeps nothing of it. */
export const unreported: Reports = {
  line() {},
  thrown() {},
  progress() {},
};

/** A task that nobody has asked for. */
export function makeTask(
  entry: CatalogEntry,
  signal = new AbortController().signal,
): Task {
  return {
    id: Bun.randomUUIDv7(),
    package: entry.package,
    action: entry.name,
    owner: "",
    requestId: "",
    callbackUrl: null,
    createdAt: 0,
    traceparent: null,
    tracestate: null,
    attempt: 1,
    entry,
    input: {},
    sent: undefined,
    callerName: "",
    signal,
    isEndedEarly: false,
  };
}
