/** Stores in a schema of their own, as replicas of one fleet. */
import { SQL } from "bun";
import { createArtifactStore } from "../../../src/store/postgres/artifacts.ts";
import { createDeliveryStore } from "../../../src/store/postgres/deliveries/deliveries.ts";
import { createKeyStore } from "../../../src/store/postgres/keys.ts";
import { createLogStore } from "../../../src/store/postgres/logs.ts";
import { Following } from "../../../src/store/postgres/fleet/following.ts";
import { SharedEvents } from "../../../src/store/postgres/fleet/shared-events.ts";
import { openStore } from "../../../src/store/postgres/open.ts";
import { createRunStore } from "../../../src/store/postgres/runs.ts";
import { toTarget } from "../../../src/store/postgres/connect/target.ts";

let count = 0;

/** @param url of the cluster */
export async function openTemporaryFleet(url: string) {
  count += 1;
  const schema = `test_${process.pid}_${count}`;
  const target = toTarget(url, schema);
  const sql = new SQL(url, { max: 1 });
  const opened = new AsyncDisposableStack();
  opened.defer(() => sql.close({ timeout: 0 }));
  const replica = async () => {
    const store = opened.use(
      await openStore(target, { connections: 2, version: "test", actions: {} }),
    );
    const events = opened.use(
      new SharedEvents({
        reader: store.reader,
        news: { onWrite: () => ({ [Symbol.dispose]: () => undefined }) },
        following: new Following({ ring: () => undefined }),
      }),
    );
    return {
      store,
      events,
      artifacts: createArtifactStore(store),
      runs: createRunStore(store),
      deliveries: createDeliveryStore(store),
      logs: createLogStore(store),
      keys: createKeyStore(store),
    };
  };
  return {
    schema,
    target,
    replica,
    /** Asks the database beside the store; `actiond.` is its schema. */
    ask: (text: string) =>
      sql.unsafe(text.replaceAll("actiond.", `"${schema}".`)) as Promise<
        Record<string, unknown>[]
      >,
    async [Symbol.asyncDispose]() {
      await opened.disposeAsync();
      await using client = new SQL(url, { max: 1 });
      await client.unsafe(`drop schema if exists "${schema}" cascade`);
    },
  };
}
