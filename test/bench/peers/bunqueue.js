/** bunqueue, embedded in the process of its caller: with `durable` a job is on disk when `add` resolves. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bunqueue } from "bunqueue/client";
import { add, input, measure } from "./peer.js";

const ended = new Map();
const early = new Set();
const app = new Bunqueue("add", {
  embedded: true,
  dataPath: join(mkdtempSync(join(tmpdir(), "bunqueue-")), "jobs.db"),
  concurrency: 64,
  processor: async ({ data }) => add(data),
});
app.on("completed", ({ id }) => {
  const resolve = ended.get(id);
  if (resolve === undefined) early.add(id);
  else resolve();
  ended.delete(id);
});
await measure(async () => {
  const { id } = await app.add("add", input, {
    durable: process.env.DURABLE === "1",
    removeOnComplete: true,
  });
  if (early.delete(id)) return;
  await new Promise((resolve) => {
    ended.set(id, resolve);
  });
});
