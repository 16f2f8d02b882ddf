/** Batches on a real database: what is committed together, what fails alone, and what is refused as a whole. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { bringUpToDate } from "../../../../src/store/sqlite/open.ts";
import { toInsertion } from "../../../../src/store/sqlite/run-row.ts";
import { prepareBatches } from "../../../../src/store/sqlite/thread/write/batches.ts";
import type { Write } from "../../../../src/store/sqlite/thread/write/changes.ts";
import { prepareWrites } from "../../../../src/store/sqlite/thread/write/writes.ts";
import { makeTemporaryFolder } from "../../../server.ts";
import { makeRun } from "../temporary-store.ts";

function openBatches() {
  const folder = makeTemporaryFolder();
  bringUpToDate(folder);
  const sqlite = new Database(join(folder, "actiond.db"), { readwrite: true });
  sqlite.run("PRAGMA foreign_keys = ON");
  const writes = prepareWrites(sqlite, drizzle({ client: sqlite }));
  return {
    sqlite,
    commit: prepareBatches(sqlite, writes),
    ids: () => sqlite.query("SELECT id FROM runs").values().flat(),
    [Symbol.dispose]() {
      sqlite.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const insert = (id: string, input = "{}"): Write =>
  toInsertion(makeRun({ id, input }), undefined);

test("a batch in which everything is as expected has nothing to answer", () => {
  using batches = openBatches();
  expect(
    batches.commit([insert("a"), ["start", "a", 5, 1], ["detach", "a"]]),
  ).toBeNull();
  expect(batches.ids()).toEqual(["a"]);
});

test("the changes of a batch are made in their order", () => {
  using batches = openBatches();
  expect(
    batches.commit([["detach", "a"], insert("a"), ["detach", "a"]]),
  ).toEqual({ answers: [[0, false]], failures: [] });
});

test("a change that fails takes no other along", () => {
  using batches = openBatches();
  expect(batches.commit([insert("a"), insert("a"), insert("b")])).toEqual({
    answers: [],
    failures: [
      [1, { reason: "There is already a run with the id a", isMistake: true }],
    ],
  });
  expect(batches.ids()).toEqual(["a", "b"]);
});

test("nothing of a batch is kept that does not fit on the disk, and the next one is tried again", () => {
  using batches = openBatches();
  const pages = batches.sqlite.query("PRAGMA page_count").values()[0]?.[0];
  batches.sqlite.run(`PRAGMA max_page_count = ${Number(pages)}`);
  const large = JSON.stringify("x".repeat(100_000));
  expect(batches.commit([insert("a"), insert("b", large)])).toEqual({
    refused: "database or disk is full",
  });
  expect(batches.ids()).toEqual([]);
  batches.sqlite.run("PRAGMA max_page_count = 1000000");
  expect(batches.commit([insert("a"), insert("b", large)])).toBeNull();
  expect(batches.ids()).toEqual(["a", "b"]);
});

test("nothing of a batch is kept that cannot be committed", () => {
  using batches = openBatches();
  batches.sqlite.run(
    "CREATE TABLE child (id TEXT REFERENCES keys (id) DEFERRABLE INITIALLY DEFERRED)",
  );
  batches.sqlite.run(
    "CREATE TRIGGER orphan AFTER INSERT ON runs WHEN new.id = 'b' BEGIN INSERT INTO child VALUES ('nobody'); END",
  );
  expect(batches.commit([insert("a"), insert("b")])).toEqual({
    refused: "FOREIGN KEY constraint failed",
  });
  expect(batches.ids()).toEqual([]);
  expect(batches.commit([insert("a")])).toBeNull();
});
