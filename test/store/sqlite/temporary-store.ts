/** A store in a temporary folder, with a run to try things on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  AttemptResult,
  DeliveryStore,
} from "../../../src/run/delivery.ts";
import type { NewRun } from "../../../src/run/store.ts";
import { createDeliveryStore } from "../../../src/store/sqlite/deliveries.ts";
import { openStore } from "../../../src/store/sqlite/open.ts";
import { createRunStore } from "../../../src/store/sqlite/runs.ts";

export function openTemporaryStore() {
  const folder = mkdtempSync(join(tmpdir(), "actiond-store-"));
  const store = openStore(folder, "normal");
  return {
    folder,
    store,
    runs: createRunStore(store),
    deliveries: createDeliveryStore(store),
    [Symbol.dispose]() {
      store[Symbol.dispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Records an attempt that began at 5 and has this end. */
export async function recordAttempt(
  deliveries: DeliveryStore,
  id: string,
  result: AttemptResult,
): Promise<void> {
  const { attemptCount } = result;
  const start = { at: 5, attemptCount, nextAttemptAt: 7 };
  const number = await deliveries.beginAttempt(id, start);
  if (number === undefined) throw new Error("The delivery is another now.");
  await deliveries.endAttempt(id, number, result);
}

export function makeRun(members: Partial<NewRun> = {}): NewRun {
  return {
    id: Bun.randomUUIDv7(),
    package: "probe",
    action: "noop",
    input: "{}",
    requestId: "",
    callbackUrl: "http://127.0.0.1:9/callback",
    detached: false,
    createdAt: 1000,
    startedAt: 1000,
    traceparent: null,
    tracestate: null,
    startTimeoutMs: null,
    runTimeoutMs: null,
    owner: "",
    idempotencyKey: null,
    fingerprint: null,
    ...members,
  };
}
