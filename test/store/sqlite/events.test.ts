/** The order of what happens to all runs, which triggers keep: also by the next process. */
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
