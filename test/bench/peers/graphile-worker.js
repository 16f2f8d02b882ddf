/** graphile-worker: a job is in PostgreSQL when `addJob` resolves, and is deleted there when it has run. */
import { makeWorkerUtils, run } from "graphile-worker";
import { add, input, measure } from "./peer.js";

const connectionString = process.env.DATABASE_URL;
const utils = await makeWorkerUtils({ connectionString });
await utils.migrate();
const quiet = { error() {}, warn() {}, info() {}, debug() {} };
const runner = await run({
  connectionString,
  concurrency: 64,
  maxPoolSize: 20,
  // Its settings for throughput: https://worker.graphile.org/docs/performance
  preset: {
    worker: {
      localQueue: { size: 200, ttl: 300_000, refetchDelay: { durationMs: 10 } },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
    },
  },
  logger: { scope: () => quiet, ...quiet },
  taskList: { add: async (payload) => add(payload) },
});
const ended = new Map();
const early = new Set();
runner.events.on("job:complete", ({ job }) => {
  const resolve = ended.get(job.id);
  if (resolve === undefined) early.add(job.id);
  else resolve();
  ended.delete(job.id);
});
await measure(async () => {
  const { id } = await utils.addJob("add", input);
  if (early.delete(id)) return;
  await new Promise((resolve) => {
    ended.set(id, resolve);
  });
});
