/** A store in a temporary folder, with a run to try things on. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  AttemptResult,
  DeliveryStore,
} from "../../../src/run/delivery/delivery.ts";
import type { NewRun } from "../../../src/run/store.ts";
import { createDeliveryStore } from "../../../src/store/sqlite/deliveries.ts";
import { openStore } from "../../../src/store/sqlite/open.ts";
import { createRunStore } from "../../../src/store/sqlite/runs.ts";

/** What `serve.ts` names in the program. */
export const THREAD = new URL(
  "../../../src/store/sqlite/thread/thread.ts",
  import.meta.url,
).href;

const BREAKABLE = ["runs", "deliveries", "delivery_attempts"].flatMap((table) =>
  ["INSERT", "UPDATE", "DELETE"].map((change) => [table, change] as const),
);

export function openTemporaryStore(thread = THREAD) {
  const folder = mkdtempSync(join(tmpdir(), "actiond-store-"));
  const store = openStore(folder, { durability: "normal", thread });
  const file = join(folder, "actiond.db");
  return {
    folder,
    file,
    store,
    runs: createRunStore(store),
    deliveries: createDeliveryStore(store),
    /** Changes the database as another process would. */
    meddle(change: (sqlite: Database) => void) {
      using sqlite = new Database(file, { readwrite: true });
      sqlite.run("PRAGMA busy_timeout = 5000");
      change(sqlite);
    },
    /** From now on every transaction fails that changes a run or a delivery, as on a full disk. */
    breakWrites() {
      this.meddle((sqlite) => {
        for (const [table, change] of BREAKABLE)
          sqlite.run(
            `CREATE TRIGGER broken_${table}_${change} BEFORE ${change} ON ${table} BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END`,
          );
      });
    },
    mendWrites() {
      this.meddle((sqlite) => {
        for (const [table, change] of BREAKABLE)
          sqlite.run(`DROP TRIGGER broken_${table}_${change}`);
      });
    },
    /** Ends it without waiting for anything: enough where nothing is read from the folder afterwards. */
    [Symbol.dispose]() {
      store.abandon();
      // Its thread may be removing a file of its own.
      rmSync(folder, { recursive: true, force: true });
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
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
    sentSecrets: false,
    ...members,
  };
}
