/** The order of what happens to all runs: kept while somebody asks for it, also by the next process. */
import { expect, test } from "bun:test";
import { withoutTriggers } from "../../../src/store/sqlite/kept-log/event-triggers.ts";
import { createEventStore } from "../../../src/store/sqlite/kept-log/events.ts";
import { createRunStore } from "../../../src/store/sqlite/runs.ts";
import { openStore } from "../../../src/store/sqlite/open.ts";
import { makeTemporaryFolder } from "../../server.ts";
import { makeRun, openTemporaryStore, THREAD } from "./temporary-store.ts";

const PASSED = {
  outcome: { status: "passed", result: "1" },
  at: 1001,
  runMs: 1,
} as const;

test("nothing is kept while nobody asks for it, and what happened then is not known", async () => {
  using kept = openTemporaryStore();
  const events = createEventStore(kept.store);
  await kept.runs.insert(makeRun());
  expect(await events.findAfter(0)).toBeUndefined();
  const start = await events.keep();
  expect(await events.findAfter(start)).toEqual({ last: start, writes: [] });
  const run = makeRun();
  await kept.runs.insert(run, PASSED);
  const found = await events.findAfter(start);
  expect(found?.writes).toMatchObject([
    {
      seq: start + 1,
      run: { id: run.id, owner: "" },
      facts: [{ kind: "accepted" }, { kind: "started" }, { kind: "finished" }],
    },
  ]);

  await events.forget();
  await events.forget();
  await kept.runs.insert(makeRun());
  const again = await events.keep();
  expect(again).toBe(start + 2);
  for (const before of [start, start + 1, again + 1])
    expect(await events.findAfter(before)).toBeUndefined();
});

test("a process that ends at once leaves the next one to go on with the same order", async () => {
  const folder = makeTemporaryFolder();
  const open = () =>
    openStore(folder, { durability: "normal", thread: THREAD });
  const first = open();
  const start = await createEventStore(first).keep();
  const run = makeRun();
  await createRunStore(first).insert(run);
  first.abandon();

  await using store = open();
  await createRunStore(store).finish(run, PASSED);
  const events = createEventStore(store);
  expect(await events.keep()).toBe(start + 2);
  const found = await events.findAfter(start);
  expect(
    found?.writes.map(({ facts }) => facts.map(({ kind }) => kind)),
  ).toEqual([["accepted", "started"], ["finished"]]);
});

test("what is told of a deleted run is left out, and whoever reads comes past it", async () => {
  using kept = openTemporaryStore();
  const events = createEventStore(kept.store);
  const start = await events.keep();
  const gone = makeRun();
  await kept.runs.insert(gone, PASSED);
  await kept.runs.delete(gone.id);
  expect(await events.findAfter(start)).toEqual({
    last: start + 1,
    writes: [],
  });
});

test("the order is read in pages, and the oldest of it is forgotten", async () => {
  using kept = openTemporaryStore();
  const events = createEventStore(kept.store);
  const start = await events.keep();
  const runs = Array.from({ length: 450 }, () => makeRun());
  await Promise.all(runs.map((run) => kept.runs.insert(run)));
  const ids: string[] = [];
  let last = start;
  for (;;) {
    const found = await events.findAfter(last);
    if (found === undefined || found.last === last) break;
    expect(found.writes.length).toBeLessThanOrEqual(200);
    ids.push(...found.writes.map(({ run }) => run.id));
    ({ last } = found);
  }
  expect(ids).toEqual(runs.map(({ id }) => id));
  // As if so many had been written.
  kept.meddle((sqlite) => {
    sqlite.run("UPDATE run_events SET seq = seq + 99_990 WHERE seq > ?", [
      start + 100,
    ]);
  });
  await kept.runs.insert(makeRun());
  expect(await events.findAfter(start)).toBeUndefined();
});

test("the order outlives a change of the schema that makes a table anew", async () => {
  using kept = openTemporaryStore();
  const events = createEventStore(kept.store);
  const start = await events.keep();
  kept.meddle((sqlite) => {
    sqlite.run("PRAGMA foreign_keys = OFF");
    const found = sqlite
      .query<{ sql: string }, []>(
        "SELECT sql FROM sqlite_master WHERE name = 'runs'",
      )
      .get();
    // As generated migrations do it.
    const change = () => {
      sqlite.run(found?.sql.replace("`runs`", "`__new_runs`") ?? "");
      sqlite.run("INSERT INTO __new_runs SELECT * FROM runs");
      sqlite.run("DROP TABLE runs");
      sqlite.run("ALTER TABLE __new_runs RENAME TO runs");
      sqlite.run("CREATE UNIQUE INDEX runs_id ON runs (id)");
    };
    expect(sqlite.transaction(change)).toThrow("events_");
    withoutTriggers(sqlite, change);
  });
  const run = makeRun();
  await kept.runs.insert(run);
  const found = await events.findAfter(start);
  expect(found?.writes.map(({ run: { id } }) => id)).toEqual([run.id]);
  expect(await events.keep()).toBe(start + 1);
});
