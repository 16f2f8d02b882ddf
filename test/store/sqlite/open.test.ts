import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup } from "../../../src/store/sqlite/backup.ts";
import { openStore } from "../../../src/store/sqlite/open.ts";
import { StoreError } from "../../../src/store/store-error.ts";

function makeFolder(): string {
  return join(mkdtempSync(join(tmpdir(), "actiond-open-")), "a", "data");
}

test("a data folder is made for its owner alone and can be opened again after it was closed", () => {
  const folder = makeFolder();
  openStore(folder, "full")[Symbol.dispose]();
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const file = join(folder, "actiond.db");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const log = `${file}-wal`;
  expect(existsSync(log) ? statSync(log).size : 0).toBe(0);
  openStore(folder, "normal")[Symbol.dispose]();
});

test.each([
  ["full", 2],
  ["normal", 1],
] as const)(
  "the durability %s means SQLite's synchronous %d",
  (durability, level) => {
    using store = openStore(makeFolder(), durability);
    expect(store.database.query("PRAGMA synchronous").values()).toEqual([
      [level],
    ]);
    expect(store.database.query("PRAGMA journal_mode").values()).toEqual([
      ["wal"],
    ]);
    expect(store.database.query("PRAGMA auto_vacuum").values()).toEqual([[2]]);
  },
);

test("a second server in a data folder is refused with the process id of the first", () => {
  const folder = makeFolder();
  using _ = openStore(folder, "normal");
  expect(() => openStore(folder, "normal")).toThrow(
    `is held by another actiond, process ${process.pid}.`,
  );
});

test("a second server is refused even if the first is not known", () => {
  const folder = makeFolder();
  using _ = openStore(folder, "normal");
  rmSync(join(folder, "actiond.pid"));
  expect(() => openStore(folder, "normal")).toThrow(
    "whose process number is not known",
  );
});

test("a data folder that cannot be written is refused", () => {
  const folder = makeFolder();
  mkdirSync(join(folder, "actiond.lock"), { recursive: true });
  expect(() => openStore(folder, "normal")).toThrow("cannot be written");
});

test("a file that is not a database is refused and the folder is free again", async () => {
  const folder = makeFolder();
  openStore(folder, "normal")[Symbol.dispose]();
  await Bun.write(join(folder, "actiond.db"), "x".repeat(5000));
  for (let time = 0; time < 2; time += 1)
    expect(() => openStore(folder, "normal")).toThrow("cannot be opened");
});

test("a damaged page is found at the start", () => {
  const folder = makeFolder();
  const store = openStore(folder, "normal");
  store.database.run("CREATE TABLE filler (text TEXT)");
  store.database.run("CREATE INDEX filler_text ON filler (text)");
  for (let count = 0; count < 500; count += 1)
    store.database.run("INSERT INTO filler VALUES (?)", ["y".repeat(100)]);
  store[Symbol.dispose]();
  const file = join(folder, "actiond.db");
  const bytes = new Uint8Array(readFileSync(file));
  bytes.fill(0xff, bytes.length - 8192, bytes.length - 4096);
  writeFileSync(file, bytes);
  expect(() => openStore(folder, "normal")).toThrow(StoreError);
});

test("a database of a newer version is refused", () => {
  const folder = makeFolder();
  openStore(folder, "normal")[Symbol.dispose]();
  const database = new Database(join(folder, "actiond.db"));
  database.run(
    "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 99999999999999)",
  );
  database.close();
  expect(() => openStore(folder, "normal")).toThrow("newer actiond");
});

test("a backup holds everything committed and never overwrites a file", () => {
  const folder = makeFolder();
  using store = openStore(folder, "normal");
  store.database.run("CREATE TABLE kept AS SELECT 42 AS answer");
  const file = join(folder, "copy.db");
  expect(backup({ data: folder, file })).toBe(statSync(file).size);
  const copy = new Database(file, { readonly: true });
  expect(copy.query("SELECT answer FROM kept").values()).toEqual([[42]]);
  copy.close();
  expect(() => backup({ data: folder, file })).toThrow("exists already");
  expect(() => backup({ data: "/none", file })).toThrow("no database");
  expect(() => backup({ data: folder, file: "/none/copy" })).toThrow(
    "cannot be written",
  );
});
