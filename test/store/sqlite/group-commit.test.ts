import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { ServerError } from "../../../src/errors.ts";
import { GroupCommit } from "../../../src/store/sqlite/group-commit.ts";

function openGroupCommit() {
  const database = new Database(":memory:");
  database.run("CREATE TABLE t (n INTEGER UNIQUE)");
  const commit = new GroupCommit(database);
  const insert = (n: number) =>
    commit.write(() => {
      database.run("INSERT INTO t VALUES (?)", [n]);
      return n;
    });
  const rows = () => database.query("SELECT n FROM t").values().flat();
  return { database, commit, insert, rows };
}

test("a write cannot be read before it is committed", async () => {
  const { insert, rows } = openGroupCommit();
  const written = insert(1);
  expect(rows()).toEqual([]);
  expect(await written).toBe(1);
  expect(rows()).toEqual([1]);
});

test("writes of one turn share a transaction and keep their order", async () => {
  const { commit, insert, rows, database } = openGroupCommit();
  const transactions: boolean[] = [];
  const seen = commit.write(() => transactions.push(database.inTransaction));
  await Promise.all([insert(2), insert(1), seen]);
  expect(rows()).toEqual([2, 1]);
  expect(transactions).toEqual([true]);
});

test("a write that fails does not undo the others", async () => {
  const { insert, rows } = openGroupCommit();
  const results = await Promise.allSettled([insert(1), insert(1), insert(2)]);
  expect(results.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect(rows()).toEqual([1, 2]);
});

test("a transaction that cannot be committed refuses all of its writes, and the next one is tried", async () => {
  const { database, insert, rows } = openGroupCommit();
  database.run("CREATE TABLE parent (id INTEGER PRIMARY KEY)");
  database.run(
    "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
  );
  database.run("PRAGMA foreign_keys = ON");
  database.run(
    "CREATE TRIGGER orphan AFTER INSERT ON t WHEN new.n = 13 BEGIN INSERT INTO child VALUES (1); END",
  );
  const results = await Promise.allSettled([insert(1), insert(13)]);
  for (const result of results) {
    expect(result.status).toBe("rejected");
    const { reason } = result as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(ServerError);
    expect((reason as ServerError).code).toBe("store_unavailable");
  }
  expect(rows()).toEqual([]);
  expect(await insert(2)).toBe(2);
  expect(rows()).toEqual([2]);
});

test("closing commits the writes that are left", async () => {
  const { commit, insert, rows } = openGroupCommit();
  const written = insert(1);
  commit[Symbol.dispose]();
  expect(rows()).toEqual([1]);
  await written;
});

test("a write after closing is refused", async () => {
  const { commit, insert, rows } = openGroupCommit();
  commit[Symbol.dispose]();
  const [result] = await Promise.allSettled([insert(1)]);
  expect(result).toMatchObject({
    status: "rejected",
    reason: { code: "shutting_down" },
  });
  expect(rows()).toEqual([]);
});

test("writes that are held back are committed in order at the release", async () => {
  const { commit, insert, rows } = openGroupCommit();
  const first = insert(1);
  commit.hold(60_000);
  const second = insert(2);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(rows()).toEqual([]);
  commit.release();
  await Promise.all([first, second]);
  expect(rows()).toEqual([1, 2]);
});

test("writes are held back no longer than was asked for", async () => {
  const { commit, insert, rows } = openGroupCommit();
  commit.hold(5);
  expect(await insert(1)).toBe(1);
  commit.hold(60_000);
  const last = insert(2);
  commit[Symbol.dispose]();
  expect(await last).toBe(2);
  expect(rows()).toEqual([1, 2]);
});
