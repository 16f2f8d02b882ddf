/** What a stream tells when it is opened while the run writes its log. */
import { expect, test } from "bun:test";
import { replay } from "../../../src/http/events/replay.ts";
import { createLogStore } from "../../../src/store/sqlite/kept-log/logs.ts";
import {
  makeRun,
  openTemporaryStore,
} from "../../store/sqlite/temporary-store.ts";

test("progress is not told before a line that was written earlier, whenever both are written", async () => {
  await using kept = openTemporaryStore();
  const { store, runs, deliveries } = kept;
  const { id } = makeRun();
  await runs.insert(makeRun({ id }));
  const run = await runs.find(id);
  if (run === undefined) throw new Error("It was inserted.");
  const logs = createLogStore(store);
  const write = async () => {
    const text = JSON.stringify({
      time: "2026-11-24T00:00:00Z",
      level: "info",
    });
    await logs.append(id, { text, count: 1, bytes: text.length });
    await logs.setProgress(id, { at: 1, fraction: 0.5, message: null });
  };
  let isWritten = false;
  const told: string[] = [];
  const reader = {
    findProgress: (asked: typeof id) => logs.findProgress(asked),
    // It finds nothing yet, and then both are written.
    async findAfter(...asked: Parameters<typeof logs.findAfter>) {
      const found = await logs.findAfter(...asked);
      if (!isWritten) await write();
      isWritten = true;
      return found;
    },
  };
  const parts = { logs: reader, deliveries };
  for await (const { name } of replay(run, 0, parts)) told.push(name);
  expect(told).toEqual(["accepted", "started"]);
  const after: string[] = [];
  for await (const { name } of replay(run, 0, parts)) after.push(name);
  expect(after).toEqual(["accepted", "started", "log", "progress"]);
});
