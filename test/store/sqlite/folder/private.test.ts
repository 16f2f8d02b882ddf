import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup } from "../../../../src/store/sqlite/upkeep/backup.ts";
import { bringUpToDate, openStore } from "../../../../src/store/sqlite/open.ts";
import { createRunStore } from "../../../../src/store/sqlite/runs.ts";
import { makeRun, THREAD } from "../temporary-store.ts";

let parent: string;
let umask: number;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "actiond-private-"));
  // Nothing is closed by the environment.
  umask = process.umask(0);
});
afterEach(() => {
  process.umask(umask);
  rmSync(parent, { recursive: true, force: true });
});

const open = (folder: string) =>
  openStore(folder, { durability: "full", thread: THREAD });
const modeOf = (path: string) => statSync(path).mode & 0o777;
const modesIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((name) => [name, modeOf(join(folder, name)).toString(8)]),
  );

test("the folder and its files belong to their owner alone whatever the umask", async () => {
  const folder = join(parent, "data");
  await using store = open(folder);
  await createRunStore(store).insert(makeRun());
  expect(modeOf(folder)).toBe(0o700);
  expect(modesIn(folder)).toEqual({
    "actiond.db": "600",
    "actiond.db-shm": "600",
    "actiond.db-wal": "600",
    "actiond.lock": "600",
    "actiond.lock-journal": "600",
    "actiond.pid": "600",
  });
  const copy = join(parent, "copy");
  await backup({ data: folder, folder: copy });
  expect(modeOf(copy)).toBe(0o700);
  expect(modesIn(copy)).toEqual({ "actiond.db": "600" });
});

test("a folder and files that others could read are closed to them", async () => {
  const folder = join(parent, "data");
  mkdirSync(folder, { mode: 0o777 });
  await using running = open(join(parent, "running"));
  await createRunStore(running).insert(makeRun());
  // What a crash leaves.
  for (const name of readdirSync(join(parent, "running"))) {
    copyFileSync(join(parent, "running", name), join(folder, name));
    chmodSync(join(folder, name), 0o666);
  }
  await using _ = open(folder);
  expect(modeOf(folder)).toBe(0o700);
  expect(new Set(Object.values(modesIn(folder)))).toEqual(new Set(["600"]));
});

test("an empty folder is closed to others, and one that holds other things is left as it is", async () => {
  const empty = join(parent, "empty");
  const shared = join(parent, "shared");
  mkdirSync(empty, { mode: 0o755 });
  mkdirSync(shared, { mode: 0o755 });
  writeFileSync(join(shared, "theirs"), "", { mode: 0o644 });
  await using _ = open(empty);
  bringUpToDate(shared);
  expect(modeOf(empty)).toBe(0o700);
  expect(modeOf(shared)).toBe(0o755);
  expect(modesIn(shared)).toMatchObject({ "actiond.db": "600", theirs: "644" });
});

test("a copy that cannot be made leaves nothing behind", async () => {
  const folder = join(parent, "data");
  bringUpToDate(folder);
  writeFileSync(join(folder, "actiond.db"), "This is no database.".repeat(500));
  const copy = join(parent, "copy");
  expect(await backup({ data: folder, folder: copy }).catch(String)).toContain(
    "cannot be written",
  );
  expect(readdirSync(parent)).toEqual(["data"]);
});

test("a folder into which everybody may write is refused when it holds other things", () => {
  const folder = join(parent, "shared");
  mkdirSync(folder);
  writeFileSync(join(folder, "else"), "");
  chmodSync(folder, 0o777);
  expect(() => open(folder)).toThrow("everybody may write into it");
});

test.each(["actiond.pid", "actiond.db", "actiond.lock", "actiond.db-wal"])(
  "a link in the place of %s is not followed",
  (name) => {
    const folder = join(parent, "data");
    mkdirSync(folder);
    const precious = join(parent, "precious");
    writeFileSync(precious, "precious");
    chmodSync(precious, 0o644);
    symlinkSync(precious, join(folder, name));
    expect(() => open(folder)).toThrow("cannot be");
    expect(readFileSync(precious, "utf8")).toBe("precious");
    expect(modeOf(precious)).toBe(0o644);
  },
);

test.skipIf(process.getuid?.() !== 0)(
  "a folder and a file of another user are refused",
  () => {
    const folder = join(parent, "foreign");
    mkdirSync(folder);
    chownSync(folder, 30_001, 30_001);
    expect(() => open(folder)).toThrow("belongs to another user (uid 30001)");
    chownSync(folder, 0, 0);
    writeFileSync(join(folder, "actiond.pid"), "");
    chownSync(join(folder, "actiond.pid"), 30_001, 30_001);
    expect(() => open(folder)).toThrow("belongs to another user (uid 30001)");
  },
);
