/** pg-boss: a job is in PostgreSQL when `send` resolves; workers fetch batches, and are told by LISTEN where they may be. */
import { PgBoss } from "pg-boss";
import { add, input, measure } from "./peer.js";

const boss = new PgBoss({
  connectionString: process.env.DATABASE_URL,
  useListenNotify: true,
});
boss.on("error", console.error);
await boss.start();
await boss.createQueue("add", { notify: true });
const ended = new Map();
await boss.work(
  "add",
  { batchSize: 64, pollingIntervalSeconds: 0.5, includeMetadata: false },
  async (jobs) => {
    // The batch is recorded as complete when this resolves, which is what its callers wait for.
    setTimeout(() => {
      for (const { id } of jobs) ended.get(id)?.();
    }, 0);
    return jobs.map(({ data }) => add(data));
  },
);
await measure(async () => {
  const id = crypto.randomUUID();
  const end = new Promise((resolve) => {
    ended.set(id, resolve);
  });
  await boss.send("add", input, { id });
  await end;
  ended.delete(id);
});
