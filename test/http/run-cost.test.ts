/** What a run costs, in counts that are the same on every machine: a change that makes runs dearer has to say so here. */
import { expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import { t } from "../../src/sdk.ts";
import { openStage } from "../run/stage.ts";
import { stageApp } from "./stage-app.ts";

const RUN_COUNT = 100;
const WARM_UP_COUNT = 500;
/** A collection of garbage makes a count too small, never too large: the largest of some rounds is the right one. */
const ROUND_COUNT = 3;

test.each([
  { who: "waits", headers: {}, maxPromises: 13, maxObjects: 142 },
  {
    who: "does not wait",
    headers: { "x-actions-async-timeout": "0" },
    maxPromises: 13,
    maxObjects: 146,
  },
])(
  "a run whose code returns at once and whose caller $who is one write, and makes few promises and objects",
  async ({ headers, maxPromises, maxObjects }) => {
    using stage = openStage(
      { running: RUN_COUNT, queued: 0 },
      { input: t.Object({ a: t.Number() }), run: () => 1 },
    );
    const app = await stageApp(stage);
    let writeCount = 0;
    stage.store.writer.onAnswer(({ count }) => {
      writeCount += count;
    });
    const body = '{"a":1}';
    const run = async () => {
      const request = new Request(
        "http://localhost/api/actions/stage/act/run",
        {
          method: "POST",
          body,
          headers: { "content-length": String(body.length), ...headers },
        },
      );
      return (await app.fetch(request)).status;
    };
    const runAll = () => Promise.all(Array.from({ length: RUN_COUNT }, run));
    for (let count = 0; count < WARM_UP_COUNT; count += RUN_COUNT)
      for (const status of await runAll()) expect(status).toBe(200);
    let promises = 0;
    let objects = 0;
    for (let round = 0; round < ROUND_COUNT; round += 1) {
      Bun.gc(true);
      writeCount = 0;
      const before = heapStats().objectTypeCounts;
      await runAll();
      const after = heapStats().objectTypeCounts;
      expect(writeCount).toBe(RUN_COUNT);
      const made = (after["Promise"] ?? 0) - (before["Promise"] ?? 0);
      promises = Math.max(promises, made / RUN_COUNT);
      objects = Math.max(objects, (sum(after) - sum(before)) / RUN_COUNT);
    }
    expect(promises).toBeLessThan(maxPromises);
    expect(objects).toBeLessThan(maxObjects);
  },
);

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
