/** The threads of the store: what becomes of writes and look-ups when they are closed, die, or were never there. */
import { expect, test } from "bun:test";
import {
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { Database } from "bun:sqlite";
import type { Log } from "../../../src/log.ts";
import { checkIntegrity } from "../../../src/store/sqlite/upkeep/integrity.ts";
import { openStore } from "../../../src/store/sqlite/open.ts";
import { Reader } from "../../../src/store/sqlite/reader.ts";
import { createRunStore } from "../../../src/store/sqlite/runs.ts";
import { silentLog } from "../../silent-log.ts";
import { turn } from "../../turn.ts";
import { makeRun, openTemporaryStore, THREAD } from "./temporary-store.ts";

const ENDING = new URL(
  "../../fixtures/threads/ending-thread.ts",
  import.meta.url,
).href;

/** @returns the codes with which these were refused */
async function refusals(...promises: Promise<unknown>[]) {
  const results = await Promise.allSettled(promises);
  return results.map((result) =>
    result.status === "rejected"
      ? (result.reason as { code: unknown }).code
      : "not refused",
  );
}

function isOpen(descriptor: string, file: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`) === file;
  } catch {
    return false;
  }
}

test("everything asked for before the store is closed is on disk, and later writes are refused", async () => {
  const kept = openTemporaryStore();
  const large = JSON.stringify("x".repeat(3_000_000));
  const asked = Array.from({ length: 100 }, (_, index) =>
    kept.runs.insert(makeRun(index % 20 === 0 ? { input: large } : {})),
  );
  const closed = kept.store[Symbol.asyncDispose]();
  expect(await refusals(kept.runs.insert(makeRun()))).toEqual([
    "shutting_down",
  ]);
  await closed;
  expect(await Promise.all(asked)).toEqual(asked.map(() => undefined));
  using sqlite = new Database(kept.file, { readonly: true });
  // The threads let go of the file when they end, which is a little later.
  sqlite.run("PRAGMA busy_timeout = 5000");
  expect(sqlite.query("SELECT count(*) FROM runs").values()).toEqual([[100]]);
});

test.each([
  ["ends", ENDING, "It ended."],
  ["is missing", "file:///nowhere/thread.ts", expect.any(String)],
])(
  "when the writing thread %s, that is said, nobody is told anything of the batch under way, and later writes are refused",
  async (_, thread, reason) => {
    await using kept = openTemporaryStore(thread);
    let isTold = false;
    const tell = () => {
      isTold = true;
    };
    // A thread that is gone before it was sent the batch refuses it.
    const ignore = thread === ENDING ? tell : () => undefined;
    void kept.runs.insert(makeRun()).then(tell, ignore);
    await new Promise(setImmediate);
    const waiting = kept.runs.insert(makeRun());
    expect(await kept.store.died).toEqual(reason);
    expect(await refusals(waiting, kept.runs.insert(makeRun()))).toEqual([
      "store_unavailable",
      "store_unavailable",
    ]);
    expect(isTold).toBe(false);
  },
);

test("a change that the database does not take fails alone", async () => {
  await using kept = openTemporaryStore();
  const run = makeRun();
  const results = await Promise.allSettled([
    kept.runs.insert(run),
    kept.runs.insert(run),
    kept.runs.insert(makeRun()),
  ]);
  expect(results).toMatchObject([
    { status: "fulfilled" },
    {
      status: "rejected",
      reason: {
        message: `The run store refused a change: There is already a run with the id ${run.id}.`,
      },
    },
    { status: "fulfilled" },
  ]);
});

test("a question that the database cannot answer fails alone", async () => {
  await using kept = openTemporaryStore();
  await kept.runs.unfinished();
  kept.meddle((sqlite) => sqlite.run("ALTER TABLE runs RENAME TO hidden"));
  const results = await Promise.allSettled([
    kept.runs.unfinished(),
    kept.deliveries.pendingReceivers(),
  ]);
  expect(results).toMatchObject([
    {
      status: "rejected",
      reason: {
        message: "The run store cannot answer: no such table: runs.",
      },
    },
    { status: "fulfilled" },
  ]);
});

test("a look-up whose thread is missing is refused", async () => {
  await using kept = openTemporaryStore();
  await using reader = new Reader({
    thread: "file:///nowhere/thread.ts",
    file: kept.file,
  });
  expect(await refusals(reader.ask(["unfinished", null]))).toEqual([
    "store_unavailable",
  ]);
});

test("a look-up whose thread ends is refused, and the next one has another thread", async () => {
  await using kept = openTemporaryStore();
  await kept.runs.insert(makeRun());
  await using reader = new Reader({ thread: ENDING, file: kept.file });
  expect(await refusals(reader.ask(["unfinished", null]))).toEqual([
    "store_unavailable",
  ]);
  expect(await refusals(reader.ask(["unfinished", null]))).toEqual([
    "store_unavailable",
  ]);
  expect(await kept.runs.unfinished()).toHaveLength(1);
});

test("look-ups that are under way when the store is closed are refused", async () => {
  const kept = openTemporaryStore();
  await kept.runs.insert(makeRun());
  const asked = kept.runs.list({ limit: 1 });
  const closed = kept[Symbol.asyncDispose]();
  expect(await refusals(asked, kept.runs.unfinished())).toEqual([
    "shutting_down",
    "shutting_down",
  ]);
  await closed;
});

test("a thread that has nothing to answer ends, and the next question starts another", async () => {
  await using kept = openTemporaryStore();
  // SQLite closes that of the database itself only when nobody in the process has it open.
  const log = `${kept.file}-wal`;
  // Each open file of a process is a link there: https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
  const countOpen = () =>
    readdirSync("/proc/self/fd").filter((fd) => isOpen(fd, log)).length;
  // The threads of the store have opened it.
  await kept.runs.insert(makeRun());
  await kept.runs.unfinished();
  const before = countOpen();
  await using reader = new Reader({
    thread: THREAD,
    file: kept.file,
    idleMs: 20,
  });
  for (let time = 0; time < 2; time += 1) {
    expect(await reader.ask(["unfinished", null])).toHaveLength(1);
    expect(countOpen()).toBeGreaterThan(before);
    while (countOpen() > before) await Bun.sleep(5);
  }
});

test("damage is found beside serving and told in the log", async () => {
  const kept = openTemporaryStore();
  const input = JSON.stringify("y".repeat(1000));
  for (let count = 0; count < 100; count += 1)
    void kept.runs.insert(makeRun({ input, owner: `key ${count}` }));
  await kept.store[Symbol.asyncDispose]();
  const bytes = new Uint8Array(readFileSync(kept.file));
  bytes.fill(0xff, bytes.length - 16_384, bytes.length - 4096);
  writeFileSync(kept.file, bytes);
  const { promise: told, resolve: tell } = Promise.withResolvers<string>();
  const log: Log = { ...silentLog, error: tell, debug: tell };
  await using store = openStore(kept.folder, {
    durability: "normal",
    thread: THREAD,
  });
  await using _ = checkIntegrity(store, log);
  expect(await told).toContain("The database is damaged.");
});

test("a database without damage is found sound while it is written", async () => {
  await using kept = openTemporaryStore();
  const { promise: told, resolve: tell } = Promise.withResolvers<string>();
  const log: Log = { ...silentLog, error: tell, debug: tell };
  await using _ = checkIntegrity(kept.store, log);
  const runs = createRunStore(kept.store);
  for (let count = 0; count < 50; count += 1) await runs.insert(makeRun());
  expect(await told).toBe("The database is sound.");
});

test("a check for damage that the end of the store cuts off is no error", async () => {
  await using kept = openTemporaryStore();
  const lines: string[] = [];
  const note = (line: string) => void lines.push(line);
  const log: Log = { ...silentLog, error: note, debug: note };
  const check = checkIntegrity(kept.store, log);
  // It begins in the next turn.
  await Bun.sleep(1);
  await check[Symbol.asyncDispose]();
  await turn();
  expect(lines).toEqual([]);
});
