/** Checkpoints beside the event loop: the log is copied, begins anew, and is nobody's trouble when the thread is. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../../src/log.ts";
import { Checkpoints } from "../../../src/store/sqlite/checkpoints.ts";
import { silentLog } from "../../silent-log.ts";
import { makeRun, openTemporaryStore } from "./temporary-store.ts";

const THREAD = new URL(
  "../../../src/store/sqlite/checkpoint-thread.ts",
  import.meta.url,
).href;
const RESET_PAGES = 2000;
const PAGE_BYTES = 4096;
/** About 25 pages. */
const INPUT = JSON.stringify("x".repeat(100_000));

function openCheckpoints(thread = THREAD) {
  const kept = openTemporaryStore();
  const warnings: string[] = [];
  const log: Log = {
    debug() {},
    info() {},
    error() {},
    warn(message) {
      warnings.push(message);
    },
    child: () => log,
  };
  const checkpoints = new Checkpoints(kept.store, {
    thread,
    log,
    resetPages: RESET_PAGES,
  });
  const ask = (pragma: string) =>
    kept.store.database.query(`PRAGMA ${pragma}`).values().flat();
  return {
    ...kept,
    checkpoints,
    warnings,
    autoCheckpoint: () => ask("wal_autocheckpoint")[0] as number,
    pages: () => ask("wal_checkpoint(NOOP)") as [number, number, number],
    file: join(kept.folder, "actiond.db"),
    async write(count: number) {
      for (let index = 0; index < count; index += 1)
        await kept.runs.insert(makeRun({ input: INPUT }));
    },
    async [Symbol.asyncDispose]() {
      await checkpoints[Symbol.asyncDispose]();
      kept[Symbol.dispose]();
    },
  };
}

test("commits make none, and the log is copied all the same", async () => {
  await using kept = openCheckpoints();
  expect(kept.autoCheckpoint()).toBe(1000);
  await kept.checkpoints.ready;
  let copied = 0;
  for (let count = 0; count < 1000 && copied === 0; count += 1) {
    await kept.write(16);
    [, , copied] = kept.pages();
  }
  expect(copied).toBeGreaterThan(0);
  expect(kept.warnings).toEqual([]);
});

test("under writes that never end the log begins anew, again and again", async () => {
  await using kept = openCheckpoints();
  await kept.checkpoints.ready;
  const end = new AbortController();
  const writers = Array.from({ length: 8 }, async () => {
    while (!end.signal.aborted) await kept.write(1);
  });
  let resetCount = 0;
  let before = 0;
  while (resetCount < 5) {
    await kept.write(1);
    const [, all] = kept.pages();
    if (all < before) resetCount += 1;
    before = all;
  }
  end.abort();
  await Promise.all(writers);
});

test("a reader of what is old puts that off, and writes go on", async () => {
  await using kept = openCheckpoints();
  await kept.checkpoints.ready;
  using reader = new Database(kept.file, { readonly: true });
  reader.run("BEGIN");
  const count = () =>
    reader.query<{ count: number }, []>("SELECT count(*) AS count FROM runs");
  const before = count().get();
  await kept.write(200);
  expect(count().get()).toEqual(before);
  const [, all, copied] = kept.pages();
  expect(all).toBeGreaterThan(RESET_PAGES);
  expect(copied).toBeLessThan(all);
  reader.run("COMMIT");
  const { numberedId } = (await kept.runs.list({ limit: 1 })).runs[0] as {
    numberedId: number;
  };
  expect(count().get()).toEqual({ count: numberedId });
});

test("without its thread, commits make them again, and it is said", async () => {
  await using kept = openCheckpoints("file:///nowhere/thread.ts");
  await kept.checkpoints.ready;
  expect(kept.warnings).toEqual([
    "The thread for checkpoints is given up: requests will wait for them.",
  ]);
  expect(kept.autoCheckpoint()).toBe(1000);
  await kept.write(100);
  expect(statSync(`${kept.file}-wal`).size).toBeLessThan(2000 * PAGE_BYTES);
});

const fixture = (name: string) =>
  new URL(`../../fixtures/threads/${name}.ts`, import.meta.url).href;

test("a checkpoint that fails is said once, and tried again later", async () => {
  await using kept = openCheckpoints(fixture("failing-checkpoints"));
  await kept.checkpoints.ready;
  while (kept.warnings.length === 0) await kept.write(1);
  await kept.write(200);
  expect(kept.warnings).toEqual(["The write-ahead log cannot be copied yet."]);
  expect(kept.autoCheckpoint()).toBe(0);
});

test("a thread that ends is given up", async () => {
  await using kept = openCheckpoints(fixture("ending-checkpoints"));
  await kept.checkpoints.ready;
  while (kept.warnings.length === 0) await kept.write(1);
  expect(kept.autoCheckpoint()).toBe(1000);
});

test("a thread that cannot open the database is given up", async () => {
  using kept = openTemporaryStore();
  const warnings: unknown[] = [];
  const log = {
    ...silentLog,
    warn: (...said: unknown[]) => warnings.push(said),
  };
  const file = join(kept.folder, "nothing", "actiond.db");
  await using checkpoints = new Checkpoints(
    { ...kept.store, file },
    { thread: THREAD, log: { ...log, child: () => silentLog } },
  );
  await checkpoints.ready;
  expect(warnings).toEqual([
    [
      "The thread for checkpoints is given up: requests will wait for them.",
      { reason: "unable to open database file" },
    ],
  ]);
});

test("a clean end leaves everything in the database file", async () => {
  const kept = openCheckpoints();
  await kept.write(50);
  await kept.checkpoints[Symbol.asyncDispose]();
  kept.store[Symbol.dispose]();
  const wal = `${kept.file}-wal`;
  expect(existsSync(wal) ? statSync(wal).size : 0).toBe(0);
  using database = new Database(kept.file, { readonly: true });
  expect(database.query("SELECT count(*) AS count FROM runs").get()).toEqual({
    count: 50,
  });
});
