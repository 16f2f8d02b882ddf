/** The pool, with children that run from the sources: every order in which tasks and processes may come and go. */
import { afterEach, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadCatalog } from "../../../src/catalog/catalog.ts";
import { provideSdk } from "../../../src/catalog/sdk-module.ts";
import { toChildCommand } from "../../../src/execute/child/process.ts";
import { Pool } from "../../../src/execute/child/pool.ts";
import type { Log } from "../../../src/log.ts";
import type { Task } from "../../../src/execute/task.ts";
import { childrenOf, untilEnded } from "../../binary/serving/processes.ts";
import { makeTask, unreported } from "../../run/task.ts";
import { makeTemporaryFolder } from "../../server.ts";

const MAIN = join(import.meta.dir, "..", "..", "..", "src", "main.ts");
const SOURCE = `
import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { action, ActionError } from "actiond";
export const pid = action({ run: () => process.pid });
export const wait = action({ run: (_, { signal }) => new Promise((resolve) => {
  const end = () => resolve(signal.reason.message);
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
}) });
export const oddData = action({ run: () => {
  throw new ActionError("odd", { code: "odd", data: { kept: new Date(0), left() {} } });
} });
const kept = [];
export const grows = action({ run: () => { kept.push(new Uint8Array(300e6).fill(1)); return process.pid; } });
export const channel = action({ run: () => [typeof process.send, typeof process.disconnect] });
export const turnsDeaf = action({ run: () => { process.removeAllListeners("message"); return process.pid; } });
export const deaf = action({ run: () => { for (;;); } });
export const prints = action({ run: () => { console.log("x".repeat(70_000)); writeFileSync(1, "no end"); return null; } });
`;

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});

async function openPool({
  max = 1,
  maxTasks = 1000,
  maxMemory = 1e9,
  command = toChildCommand(MAIN),
} = {}) {
  provideSdk();
  const folder = join(makeTemporaryFolder(), "actions");
  mkdirSync(folder);
  const file = join(folder, "acts.ts");
  writeFileSync(file, SOURCE);
  const catalog = await loadCatalog({ folder, isolation: "process" });
  const lines: string[] = [];
  const write = (message: string) => {
    lines.push(message);
  };
  const log: Log = {
    debug: write,
    info: write,
    warn: write,
    error: (message, fields) => {
      const { error } = fields as { error?: Error };
      write(`${message} ${error?.message}`);
    },
    soon() {},
    child: () => log,
  };
  const pool = new Pool({
    child: {
      command,
      environment: {},
      setup: {
        kind: "setup",
        actions: folder,
        isolation: "process",
        maxResultBytes: 1e6,
        data: folder,
        maxArtifactBytes: 1e6,
        isTraced: false,
      },
      graceMs: 100,
      takeMs: 1000,
      log,
      reports: unreported,
      artifacts: { left: 1e6, count() {} },
      secretsOf: () => ({}),
    },
    warm: max,
    max,
    maxTasks,
    maxMemory,
    version: catalog.version,
    log,
  });
  open.push(pool);
  const run = (action: string, signal = new AbortController().signal) => {
    const entry = catalog.find("acts", action) as Task["entry"];
    return pool.execute(makeTask(entry, signal));
  };
  return { pool, run, lines, file, folder };
}

const resultOf = (outcome: unknown) =>
  JSON.parse((outcome as { result: string }).result) as unknown;

test("a warm child is ready before the first task and is used again", async () => {
  const { pool, run } = await openPool();
  const before = childrenOf(process.pid);
  pool.start();
  const started = childrenOf(process.pid).find((pid) => !before.includes(pid));
  for (let count = 0; count < 3; count += 1)
    expect(resultOf(await run("pid"))).toBe(started);
});

test("a child is replaced after so many tasks", async () => {
  const { run } = await openPool({ maxTasks: 2 });
  const pids: unknown[] = [];
  for (let count = 0; count < 3; count += 1)
    pids.push(resultOf(await run("pid")));
  expect(pids[1]).toBe(pids[0]);
  expect(pids[2]).not.toBe(pids[0]);
});

test("a task that is aborted while all children are busy never runs", async () => {
  const { run } = await openPool();
  await run("pid");
  const busy = new AbortController();
  const first = run("wait", busy.signal);
  const waiting = new AbortController();
  const second = run("pid", waiting.signal);
  waiting.abort(new Error("never mind"));
  expect(await second).toMatchObject({ status: "cancelled" });
  expect(
    await run("pid", AbortSignal.abort(new Error("at once"))),
  ).toMatchObject({ status: "cancelled" });
  busy.abort(new Error("enough"));
  expect(resultOf(await first)).toBe("enough");
});

test("a task that ignores its signal ends with its process, and the next task gets another", async () => {
  const { run, lines } = await openPool();
  const before = resultOf(await run("pid"));
  const end = new AbortController();
  const outcome = run("deaf", end.signal);
  end.abort(new Error("enough"));
  expect(await outcome).toMatchObject({
    status: "failed",
    error: { kind: "crashed", data: { exit_code: null, signal: "SIGKILL" } },
  });
  expect(lines.join("\n")).toContain(
    "after its signal had aborted, so its process was killed.",
  );
  expect(resultOf(await run("pid"))).not.toBe(before);
});

test("waiting tasks are served in order and one at a time in each child", async () => {
  const { run } = await openPool();
  const order: number[] = [];
  const outcomes = await Promise.all(
    [1, 2, 3, 4].map(async (number) => {
      const outcome = await run("pid");
      order.push(number);
      return resultOf(outcome);
    }),
  );
  expect(order).toEqual([1, 2, 3, 4]);
  expect(new Set(outcomes).size).toBe(1);
});

test("a task whose process is gone before its code was called runs in another process", async () => {
  const { run } = await openPool();
  const pid = resultOf(await run("pid")) as number;
  // It takes nothing any more, and nobody knows.
  process.kill(pid, "SIGSTOP");
  const outcome = run("pid");
  process.kill(pid, "SIGKILL");
  const other = resultOf(await outcome);
  expect(other).toBeNumber();
  expect(other).not.toBe(pid);
});

test("a child that an earlier task has blocked is replaced, and the next task runs elsewhere", async () => {
  const { run, lines } = await openPool();
  const pid = resultOf(await run("turns-deaf"));
  const other = resultOf(await run("pid"));
  expect(other).toBeNumber();
  expect(other).not.toBe(pid);
  expect(lines).toContain(
    "The child process did not begin the run within 1 s.",
  );
});

test("a child that becomes free just as its waiting task is aborted is not lost", async () => {
  const { run } = await openPool();
  await run("pid");
  const busy = new AbortController();
  const first = run("wait", busy.signal);
  const waiting = new AbortController();
  const second = run("pid", waiting.signal);
  const third = run("pid");
  // The last thing that is done with a task, right before its child is free.
  busy.signal.removeEventListener = () => {
    queueMicrotask(() => {
      waiting.abort(new Error("never mind"));
    });
  };
  busy.abort(new Error("enough"));
  expect(resultOf(await first)).toBe("enough");
  expect(await second).toMatchObject({ status: "cancelled" });
  expect(resultOf(await third)).toBeNumber();
});

test("a child that has grown too large is replaced after its task", async () => {
  const { run } = await openPool({ maxMemory: 300e6 });
  const pid = resultOf(await run("grows"));
  const next = resultOf(await run("pid"));
  expect(next).not.toBe(pid);
  expect(resultOf(await run("pid"))).toBe(next);
});

test("errors of a child arrive as they would be recorded, and an action cannot send others", async () => {
  const { run } = await openPool();
  expect(resultOf(await run("channel"))).toEqual(["undefined", "undefined"]);
  expect(await run("odd-data")).toEqual({
    status: "failed",
    error: {
      kind: "action_failed",
      code: "odd",
      message: "odd",
      data: { kept: "1970-01-01T00:00:00.000Z" },
    },
  });
});

test("children that do not start are logged, fail their tasks and are tried again", async () => {
  const { run, lines, file } = await openPool();
  writeFileSync(file, "export const broken = ;");
  const outcome = await run("pid");
  expect(outcome).toMatchObject({
    status: "failed",
    error: { kind: "crashed" },
  });
  expect(JSON.stringify(outcome)).toContain(
    "No child process could be started: ",
  );
  expect(JSON.stringify(outcome)).toContain("acts.ts");
  expect(
    lines.filter((line) => line.includes("could not be started.")).length,
  ).toBeGreaterThanOrEqual(3);
  // At once: the next start is a while away.
  expect(await run("pid")).toMatchObject({ error: { kind: "crashed" } });
  writeFileSync(file, SOURCE);
  let next = await run("pid");
  while (next.status === "failed") {
    await new Promise(setImmediate);
    next = await run("pid");
  }
  expect(resultOf(next)).toBeNumber();
});

test("a program that is missing fails the tasks", async () => {
  const { run } = await openPool({ command: ["/nowhere/actiond"] });
  expect(await run("pid")).toMatchObject({
    status: "failed",
    error: { kind: "crashed" },
  });
});

test("a child never runs a task when the files have changed since the server loaded them", async () => {
  const { pool, run, lines, file } = await openPool();
  const before = resultOf(await run("pid")) as number;
  // The schemas are the same.
  writeFileSync(file, SOURCE.replace("run: () => process.pid", "run: () => 0"));
  expect(resultOf(await run("pid"))).toBe(before);
  process.kill(before, "SIGKILL");
  await untilEnded(before);
  expect(await run("pid")).toMatchObject({
    status: "failed",
    error: {
      kind: "crashed",
      message: expect.stringContaining(
        "have changed since the server loaded them",
      ),
    },
  });
  expect(lines.join("\n")).toContain("or start it with --watch");
  pool.changeTo((await loadCatalog({ folder: dirname(file) })).version);
  expect(resultOf(await run("pid"))).toBe(0);
});

test("when the files are loaded again, a child ends after its task and the next task gets the new code", async () => {
  const { pool, run, file, folder } = await openPool({ max: 2 });
  const old = resultOf(await run("pid")) as number;
  const controller = new AbortController();
  const waiting = run("wait", controller.signal);
  writeFileSync(file, SOURCE.replace("run: () => process.pid", "run: () => 0"));
  pool.changeTo((await loadCatalog({ folder })).version);
  expect(resultOf(await run("pid"))).toBe(0);
  controller.abort(new DOMException("over", "AbortError"));
  expect(resultOf(await waiting)).toBe("over");
  await untilEnded(old);
});

test("a task of an older version is checked against the schema of the newer one", async () => {
  const { pool, run, file, folder } = await openPool();
  writeFileSync(
    file,
    'import { action, t } from "actiond";\nexport const pid = action({ input: t.Object({ now: t.String() }), run: () => 0 });\n',
  );
  pool.changeTo((await loadCatalog({ folder })).version);
  expect(await run("pid")).toMatchObject({ error: { code: "invalid_input" } });
  expect(await run("wait")).toMatchObject({
    error: { code: "action_not_found" },
  });
});

test("long lines of output are cut, and an unfinished line is logged at the end", async () => {
  const { pool, run, lines } = await openPool();
  await run("prints");
  await pool[Symbol.asyncDispose]();
  const long = lines.filter((line) => line.startsWith("x".repeat(1000)));
  expect(long).toEqual([`${"x".repeat(64 * 1024)}… (70000 characters)`]);
  expect(lines).toContain("no end");
});

test("no task runs after the pool is closed", async () => {
  const { pool, run, folder } = await openPool();
  await run("pid");
  await pool[Symbol.asyncDispose]();
  expect(await run("pid")).toMatchObject({ status: "cancelled" });
  rmSync(folder, { recursive: true, force: true });
});
