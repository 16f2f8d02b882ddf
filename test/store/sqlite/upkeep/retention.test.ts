import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "../../../../src/run/run.ts";
import { sweep } from "../../../../src/store/sqlite/upkeep/retention.ts";
import {
  makeRun,
  openTemporaryStore,
  recordAttempt,
} from "../temporary-store.ts";

const passed: Outcome = { status: "passed", result: '"x"' };
const { signal } = new AbortController();

function openRetention() {
  const kept = openTemporaryStore();
  return {
    ...kept,
    async finish(run = makeRun(), outcome = passed) {
      void kept.runs.insert(run);
      await kept.runs.finish(run, {
        outcome: outcome,
        at: run.createdAt,
        runMs: 1,
      });
      return run.id;
    },
    numbers: async () =>
      (await kept.runs.list({ limit: 1000 })).runs.map((run) => run.numberedId),
  };
}

test("old runs are deleted unless they are unfinished or owe a callback", async () => {
  using kept = openRetention();
  await kept.finish();
  await kept.runs.insert(makeRun());
  await kept.finish(makeRun({ detached: true }));
  await kept.finish(makeRun({ createdAt: 9000 }));
  const options = { keepRunsMs: 5000, keepCount: Infinity, signal };
  expect(await sweep(kept.store, { ...options, now: 10_000 })).toBe(1);
  expect(await kept.numbers()).toEqual([4, 3, 2]);
  expect(kept.store.sqlite.query("PRAGMA foreign_key_check").values()).toEqual(
    [],
  );
});

test("a run that owed a callback is deleted with its delivery once that is delivered", async () => {
  using kept = openRetention();
  const id = await kept.finish(makeRun({ detached: true }));
  await recordAttempt(kept.deliveries, id, {
    attempt: { httpStatus: 200, ms: 1, error: null },
    attemptCount: 0,
    state: "delivered",
    nextAttemptAt: null,
  });
  const options = { keepRunsMs: 1, keepCount: Infinity, signal };
  expect(await sweep(kept.store, { ...options, now: 10_000 })).toBe(1);
  expect(await kept.deliveries.find(id)).toBeUndefined();
  expect(await kept.deliveries.attempts(id)).toEqual([]);
});

test("the newest runs are kept up to the number asked for", async () => {
  using kept = openRetention();
  for (let count = 0; count < 10; count += 1) await kept.finish();
  const options = { keepRunsMs: Infinity, keepCount: 3, signal, now: 0 };
  expect(await sweep(kept.store, options)).toBe(7);
  expect(await kept.numbers()).toEqual([10, 9, 8]);
});

test("the space of thousands of runs is given back in steps between which others can write", async () => {
  using kept = openRetention();
  const input = JSON.stringify({ text: "z".repeat(2000) });
  await Promise.all(
    Array.from({ length: 3000 }, () =>
      kept.finish(makeRun({ input, callbackUrl: null })),
    ),
  );
  const checkpoint = () => {
    kept.meddle((sqlite) => {
      const isBusy = () =>
        sqlite.query("PRAGMA wal_checkpoint(TRUNCATE)").values()[0]?.[0] === 1;
      // The thread may be copying the log as well.
      while (isBusy());
    });
  };
  checkpoint();
  const file = join(kept.folder, "actiond.db");
  const before = statSync(file).size;
  let steps = 0;
  const count = () => {
    steps += 1;
    if (steps > 0) immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  const options = { keepRunsMs: 1, keepCount: Infinity, signal, now: 99_999 };
  expect(await sweep(kept.store, options)).toBe(3000);
  clearImmediate(immediate);
  expect(steps).toBeGreaterThan(20);
  checkpoint();
  expect(statSync(file).size).toBeLessThan(before / 4);
});

test("deleting ends between two steps when it is told to stop", async () => {
  using kept = openRetention();
  await kept.finish();
  const options = { keepRunsMs: 1, keepCount: Infinity, now: 99_999 };
  const aborted = AbortSignal.abort();
  expect(await sweep(kept.store, { ...options, signal: aborted })).toBe(0);
});
