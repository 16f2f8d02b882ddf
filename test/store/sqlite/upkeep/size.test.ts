import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { measureStore } from "../../../../src/store/sqlite/upkeep/size.ts";
import { makeTemporaryFolder } from "../../../server.ts";

test("a database without a log, such as a backup, uses no pages of one", () => {
  const file = join(makeTemporaryFolder(), "actiond.db");
  using sqlite = new Database(file, { create: true });
  sqlite.run("CREATE TABLE kept (id INTEGER)");
  const { databaseBytes, ...log } = measureStore({ file, sqlite });
  expect(log).toEqual({ logBytes: 0, logPages: 0 });
  expect(databaseBytes).toBeGreaterThan(0);
});
