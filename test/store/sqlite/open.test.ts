import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup } from "../../../src/store/sqlite/upkeep/backup.ts";
import { bringUpToDate, openStore } from "../../../src/store/sqlite/open.ts";
import { createRunStore } from "../../../src/store/sqlite/runs.ts";
import { makeRun, THREAD } from "./temporary-store.ts";

function makeFolder(): string {
  return join(mkdtempSync(join(tmpdir(), "actiond-open-")), "a", "data");
}

const open = (folder: string, durability: "full" | "normal" = "normal") =>
  openStore(folder, { durability, thread: THREAD });

test("a folder is made for its owner alone and can be opened again after it was closed", async () => {
  const folder = makeFolder();
  const file = join(folder, "actiond.db");
  const run = makeRun();
  {
    await using store = open(folder, "full");
    await createRunStore(store).insert(run);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  const log = `${file}-wal`;
  expect(existsSync(log) ? statSync(log).size : 0).toBe(0);
  await using store = open(folder);
  expect(await createRunStore(store).find(run.id)).toMatchObject(run);
});

test("the database is written ahead and can give space back, and look-ups cannot write", async () => {
  await using store = open(makeFolder());
  const ask = (pragma: string) => store.sqlite.query(pragma).values().flat();
  expect(ask("PRAGMA journal_mode")).toEqual(["wal"]);
  expect(ask("PRAGMA auto_vacuum")).toEqual([2]);
  expect(() => store.sqlite.run("DELETE FROM runs")).toThrow("readonly");
});

test("the second store in one folder is refused and told the process of the first", async () => {
  const folder = makeFolder();
  await using _ = open(folder);
  expect(() => open(folder)).toThrow(
    `is held by another actiond, process ${process.pid}.`,
  );
});

test("the second store is also refused where the process of the first is not known", async () => {
  const folder = makeFolder();
  await using _ = open(folder);
  rmSync(join(folder, "actiond.pid"));
  expect(() => open(folder)).toThrow("whose process number is not known");
});

test("a folder that cannot be written is refused", () => {
  const folder = makeFolder();
  mkdirSync(join(folder, "actiond.lock"), { recursive: true });
  expect(() => open(folder)).toThrow("cannot be written");
});

test("a file that is not a database is refused, and the folder is free again", () => {
  const folder = makeFolder();
  bringUpToDate(folder);
  writeFileSync(join(folder, "actiond.db"), "x".repeat(5000));
  for (let time = 0; time < 2; time += 1)
    expect(() => open(folder)).toThrow("cannot be opened");
});

test("a database of a newer version is refused", () => {
  const folder = makeFolder();
  bringUpToDate(folder);
  const database = new Database(join(folder, "actiond.db"));
  database.run(
    "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 99999999999999)",
  );
  database.close();
  expect(() => open(folder)).toThrow("newer actiond");
});

test("a backup holds what was committed while the server goes on, and never overwrites a folder", async () => {
  const data = makeFolder();
  await using store = open(data);
  const runs = createRunStore(store);
  const run = makeRun();
  await runs.insert(run);
  const folder = join(data, "copy");
  const { databaseBytes } = await backup({ data, folder });
  const file = join(folder, "actiond.db");
  expect(databaseBytes).toBe(statSync(file).size);
  using copy = new Database(file, { readonly: true });
  expect(copy.query("SELECT id FROM runs").values()).toEqual([[run.id]]);
  for (const [wrong, why] of [
    [{ data, folder }, "exists already"],
    [{ data: "/none", folder }, "no database"],
    [{ data, folder: "/dev/null/copy" }, "cannot be written"],
  ] as const)
    expect(await backup(wrong).catch(String)).toContain(why);
});

test("a backup has the artifacts of its runs, and neither a run nor its files when it is deleted meanwhile", async () => {
  const data = makeFolder();
  await using store = open(data);
  const runs = createRunStore(store);
  const ids: string[] = [];
  for (const name of ["kept", "deleted"]) {
    const run = makeRun();
    ids.push(run.id);
    await runs.insert(run, {
      outcome: { status: "passed", result: "1" },
      at: 1,
      runMs: 1,
    });
    await runs.markArtifacts(run.id);
    mkdirSync(join(data, "artifacts", run.id), { recursive: true });
    writeFileSync(join(data, "artifacts", run.id, name), name);
    writeFileSync(join(data, "artifacts", run.id, ".part"), "not complete");
  }
  const [kept = "", deleted = ""] = ids;
  // What the next process would remove: no run has it.
  mkdirSync(join(data, "artifacts", "of-no-run"));
  const folder = join(data, "copy");
  // The copy of the database is made at once. The files come after it, so the deletion must not wait for anything.
  using database = new Database(store.file);
  const copied = backup({ data, folder });
  database.run("DELETE FROM runs WHERE id = ?", [deleted]);
  expect(await copied).toMatchObject({ artifactCount: 1, artifactBytes: 4 });
  using copy = new Database(join(folder, "actiond.db"), { readonly: true });
  expect(copy.query("SELECT id FROM runs").values()).toEqual([[kept]]);
  const files = [
    ...new Bun.Glob("**").scanSync({
      cwd: join(folder, "artifacts"),
      dot: true,
    }),
  ];
  expect(files).toEqual([`${kept}/kept`]);
});
