/** The order of what happens to all runs: kept while somebody asks for it. */
import { expect, test } from "bun:test";
import { makeRun } from "../sqlite/temporary-store.ts";
import { describeStores, type Kept } from "./adapters.ts";

const PASSED = {
  outcome: { status: "passed", result: "1" },
  at: 1001,
  runMs: 1,
} as const;

/** Everything after a place, page by page. */
async function readAfter({ events }: Pick<Kept, "events">, after: number) {
  const all = [];
  for (let last = after; ;) {
    const found = await events.findAfter(last);
    if (found === undefined || found.last === last) return all;
    expect(found.writes.length).toBeLessThanOrEqual(200);
    all.push(...found.writes);
    ({ last } = found);
  }
}

describeStores((open) => {
  test("nothing is kept while nobody asks for it, and what happened then is not known", async () => {
    await using kept = await open();
    const { events, runs } = kept;
    await runs.insert(makeRun());
    expect(await events.findAfter(-1)).toBeUndefined();
    const start = await events.keep();
    expect(await events.findAfter(start)).toEqual({ last: start, writes: [] });
    const run = makeRun();
    await runs.insert(run, PASSED);
    expect(await readAfter(kept, start)).toMatchObject([
      {
        seq: start + 1,
        run: { id: run.id, owner: "" },
        facts: [
          { kind: "accepted" },
          { kind: "started" },
          { kind: "finished" },
        ],
      },
    ]);

    await kept.lapse();
    await runs.insert(makeRun());
    const again = await events.keep();
    expect(again).toBe(start + 2);
    for (const before of [start, start + 1, again + 1])
      expect(await events.findAfter(before)).toBeUndefined();
  });

  test("each fact of a run is told once, in its order", async () => {
    await using kept = await open();
    const { events, runs, logs, deliveries } = kept;
    const start = await events.keep();
    const run = makeRun({
      callbackUrl: "http://a.test/",
      detached: false,
      startedAt: null,
    });
    const { id } = run;
    await runs.insert(run);
    await runs.start(id, 2000, 1);
    await logs.append(id, { text: '{"a":1}\n{"b":2}', count: 2, bytes: 16 });
    await logs.setProgress(id, { at: 2100, fraction: 0.5, message: "half" });
    await logs.setProgress(id, { at: 2200, fraction: 1, message: null });
    await runs.detach(id);
    await runs.finish(run, { ...PASSED, at: 3000 });
    const begin = { at: 3001, attemptCount: 0, nextAttemptAt: 4000 };
    await deliveries.beginAttempt(id, begin);
    await deliveries.endAttempt(id, 1, {
      attempt: { httpStatus: 500, ms: 2, error: "No." },
      attemptCount: 0,
      state: "pending",
      nextAttemptAt: 4000,
    });
    await deliveries.redeliver(id, 5000);
    await runs.markArtifacts(id);
    const writes = await readAfter(kept, start);
    expect(writes.map(({ run: { id: of } }) => of)).toEqual(
      writes.map(() => id),
    );
    expect(writes.map(({ seq }) => seq)).toEqual(
      writes.map((_, index) => start + 1 + index),
    );
    const facts = writes.flatMap((write) => write.facts);
    expect(facts.map(({ kind }) => kind)).toEqual([
      "accepted",
      "started",
      "entry",
      "entry",
      // Of progress, only the latest is kept.
      "progress",
      "detached",
      "finished",
      "owed",
      "callback_attempt",
      "owed",
    ]);
    expect(facts).toMatchObject([
      {},
      { at: 2000 },
      { number: 1, text: '{"a":1}' },
      { number: 2, text: '{"b":2}' },
      { progress: { at: 2200, fraction: 1, message: null } },
      {},
      { at: 3000, outcome: { status: "passed" }, runMs: 1 },
      { host: "a.test" },
      { attempt: { number: 1, httpStatus: 500, ms: 2, error: "No." } },
      { host: "a.test" },
    ]);
  });

  test("what is told of a deleted run is left out, and whoever reads comes past it", async () => {
    await using kept = await open();
    const { events, runs } = kept;
    const start = await events.keep();
    const gone = makeRun();
    await runs.insert(gone, PASSED);
    await runs.delete(gone.id);
    expect(await events.findAfter(start)).toEqual({
      last: start + 1,
      writes: [],
    });
  });

  test("the order is read in pages, and the oldest of it is forgotten", async () => {
    await using kept = await open();
    const { events } = kept;
    const start = await events.keep();
    const runs = Array.from({ length: 450 }, () => makeRun());
    await Promise.all(runs.map((run) => kept.runs.insert(run)));
    const read = await readAfter(kept, start);
    expect(read.map(({ run }) => run.id)).toEqual(runs.map(({ id }) => id));
    await kept.age(start + 100, 99_990);
    await kept.runs.insert(makeRun());
    expect(await events.findAfter(start)).toBeUndefined();
  });
});
