/** The stores that keep the same promises: every test of this folder runs against each of them. */
import { afterAll, describe } from "bun:test";
import type { KeyStore } from "../../../src/access/key.ts";
import type { DeliveryStore } from "../../../src/run/delivery/delivery.ts";
import type { EventStore } from "../../../src/run/kept-log/event-store.ts";
import type { LogStore } from "../../../src/run/kept-log/log-store.ts";
import type { RunStore } from "../../../src/run/store.ts";
import { createKeyStore } from "../../../src/store/sqlite/keys.ts";
import { createEventStore } from "../../../src/store/sqlite/kept-log/events.ts";
import { createLogStore } from "../../../src/store/sqlite/kept-log/logs.ts";
import { findPostgres, postgresUrl, titleOf } from "../../postgres.ts";
import { openTemporaryFleet } from "../postgres/temporary-fleet.ts";
import { openTemporaryStore } from "../sqlite/temporary-store.ts";

/** An empty store. */
export interface Kept extends AsyncDisposable {
  readonly runs: RunStore;
  readonly deliveries: DeliveryStore;
  readonly logs: LogStore;
  readonly keys: KeyStore;
  readonly events: EventStore;
  /** As when nobody has followed all runs for long. */
  lapse(): Promise<void>;
  /** As if so many writes had come after this one. */
  age(seq: number, count: number): Promise<void>;
  /** Deletes all runs beside the store. */
  deleteRuns(): Promise<void>;
}

export type Open = () => Promise<Kept>;

/** Tests each store; without PostgreSQL its tests are skipped, which their titles say. */
export function describeStores(tests: (open: Open) => void): void {
  describe("SQLite", () => {
    tests(openSqlite);
  });
  describe.skipIf(findPostgres() === undefined)(titleOf("PostgreSQL"), () => {
    tests(usePostgresStores());
  });
}

export function openSqlite(): Promise<Kept> {
  const kept = openTemporaryStore();
  const events = createEventStore(kept.store);
  return Promise.resolve({
    runs: kept.runs,
    deliveries: kept.deliveries,
    logs: createLogStore(kept.store),
    keys: createKeyStore(kept.store),
    events,
    lapse: () => events.forget(),
    age: (seq, count) =>
      Promise.resolve(
        kept.meddle((sqlite) => {
          sqlite.run("UPDATE run_events SET seq = seq + ? WHERE seq > ?", [
            count,
            seq,
          ]);
        }),
      ),
    deleteRuns: () =>
      Promise.resolve(
        kept.meddle((sqlite) => {
          sqlite.run("DELETE FROM runs");
        }),
      ),
    [Symbol.asyncDispose]: () => Promise.resolve(kept[Symbol.dispose]()),
  });
}

const TABLES = ["runs", "deliveries", "delivery_attempts", "log_entries"]
  .concat("progress", "keys", "run_events", "artifacts", "artifact_pieces")
  .map((name) => `actiond.${name}`)
  .join(", ");

/** One replica for all tests of a file: its tables are emptied for each. */
export function usePostgresStores(): Open {
  let fleet: Awaited<ReturnType<typeof openTemporaryFleet>> | undefined;
  let replica: Awaited<ReturnType<NonNullable<typeof fleet>["replica"]>>;
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
  });
  return async () => {
    if (fleet === undefined) {
      fleet = await openTemporaryFleet(await postgresUrl());
      replica = await fleet.replica();
    } else {
      await fleet.ask(`truncate ${TABLES} restart identity cascade`);
    }
    const { ask } = fleet;
    const { runs, deliveries, logs, keys, events } = replica;
    const lapse = async () => {
      await ask("update actiond.feed set kept_until = '-infinity'");
    };
    await lapse();
    return {
      runs,
      deliveries,
      logs,
      keys,
      events,
      lapse,
      age: async (seq, count) => {
        await ask(
          `update actiond.run_events set place = place + ${count} where place > ${seq}`,
        );
        await ask(`update actiond.feed set last = last + ${count}`);
      },
      deleteRuns: async () => {
        await ask("delete from actiond.runs");
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  };
}
