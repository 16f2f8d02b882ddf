import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { ServerError } from "../../../src/errors.ts";
import { GroupCommit } from "../../../src/store/sqlite/group-commit.ts";

function open() {
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

test("nothing can be read before it is committed", async () => {
  const { insert, rows } = open();
  const written = insert(1);
  expect(rows()).toEqual([]);
  expect(await written).toBe(1);
  expect(rows()).toEqual([1]);
});

test("writes of one turn share a transaction, in their order", async () => {
  const { commit, insert, rows, database } = open();
  const transactions: boolean[] = [];
  const seen = commit.write(() => transactions.push(database.inTransaction));
  await Promise.all([insert(2), insert(1), seen]);
  expect(rows()).toEqual([2, 1]);
  expect(transactions).toEqual([true]);
});

test("a write that fails takes no other along", async () => {
  const { insert, rows } = open();
  const results = await Promise.allSettled([insert(1), insert(1), insert(2)]);
  expect(results.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect(rows()).toEqual([1, 2]);
});

test("when the transaction cannot be committed, every write of it is refused and the next one is tried again", async () => {
  const { database, insert, rows } = open();
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

test("what is left is committed when it is closed", async () => {
  const { commit, insert, rows } = open();
  const written = insert(1);
  commit[Symbol.dispose]();
  expect(rows()).toEqual([1]);
  await written;
});

test("closed, it refuses writes", async () => {
  const { commit, insert, rows } = open();
  commit[Symbol.dispose]();
  const [result] = await Promise.allSettled([insert(1)]);
  expect(result).toMatchObject({
    status: "rejected",
    reason: { code: "shutting_down" },
  });
  expect(rows()).toEqual([]);
});

test("what is held back waits, and is committed in its order at the release", async () => {
  const { commit, insert, rows } = open();
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

test("what is held back waits no longer than was said, and not for the end", async () => {
  const { commit, insert, rows } = open();
  commit.hold(5);
  expect(await insert(1)).toBe(1);
  commit.hold(60_000);
  const last = insert(2);
  commit[Symbol.dispose]();
  expect(await last).toBe(2);
  expect(rows()).toEqual([1, 2]);
});
