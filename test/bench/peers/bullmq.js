/** BullMQ: a job is in Redis when `add` resolves; its caller hears of the end through Redis' stream of events. */
import { Queue, QueueEvents, Worker } from "bullmq";
import { add, input, measure } from "./peer.js";

const connection = {
  host: "127.0.0.1",
  port: Number(process.env.REDIS_PORT),
  maxRetriesPerRequest: null,
};
const queue = new Queue("add", {
  connection,
  defaultJobOptions: { removeOnComplete: 1000 },
});
const events = new QueueEvents("add", { connection });
await events.waitUntilReady();
export const worker = new Worker("add", async ({ data }) => add(data), {
  connection,
  concurrency: 64,
});
await measure(async () => {
  const job = await queue.add("add", input);
  return job.waitUntilFinished(events);
});
