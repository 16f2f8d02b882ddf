/** `actiond doctor`: one page about a data folder, which it does not change. */
import { afterAll, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../../callback/receiver.ts";
import { makeGate } from "../../scenarios/gate.ts";
import { makeTemporaryFolder, startInProcess } from "../../server.ts";
import { run } from "../program.ts";

const folder = makeTemporaryFolder();
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const examine = (data: string, ...options: string[]) =>
  run(["doctor", data, "--min-free-disk", "none", ...options]);

const LOGS = ["wal", "shm"];

async function makeData(name: string): Promise<string> {
  const data = join(folder, name);
  const server = await startInProcess({
    data,
    options: ["--callback-retry", "0ms"],
  });
  await server.run("add", { a: 1 });
  await server.run("fail");
  await server.stop();
  // Threads of the server in this process may still be closing the database, and the last one removes its log.
  while (LOGS.some((end) => existsSync(join(data, `actiond.db-${end}`))))
    await Bun.sleep(5);
  const copy = `${data}-copy`;
  cpSync(data, copy, { recursive: true, force: true });
  chmodSync(copy, 0o700);
  return copy;
}

test("a folder with which nothing is wrong has one page and the exit code 0, and stays as it is", async () => {
  const data = await makeData("well");
  const before = readFileSync(join(data, "actiond.db"));
  const { out, code } = await examine(data);
  expect(code).toBe(0);
  expect(out).toContain("which no server is using");
  expect(out).toContain("Integrity    ok");
  expect(out).toContain("0 queued, 0 running, 1 passed, 1 failed, 0 cancelled");
  expect(out).toContain(
    "would delete 0 runs (--keep-runs 30d, --keep-count all)",
  );
  expect(out).toContain("nothing is wrong");
  expect(out.split("\n").length).toBeLessThan(15);
  expect(readFileSync(join(data, "actiond.db")).equals(before)).toBe(true);
});

test("it says what retention would delete, by the options that the server has", async () => {
  const data = await makeData("old");
  expect((await examine(data, "--keep-count", "1")).out).toContain(
    "would delete 1 run (",
  );
  expect((await examine(data, "--keep-runs", "0s")).out).toContain(
    "would delete 2 runs (",
  );
});

test("dead callbacks, and modes that let others in, are findings and make the exit code 1", async () => {
  const data = join(folder, "wrong");
  const server = await startInProcess({
    data,
    options: ["--callback-retry", "0ms"],
  });
  await using receiver = startReceiver(() => new Response("", { status: 500 }));
  await server.run("noop", undefined, {
    "x-actions-async-timeout": "0",
    "x-actions-async-callback": receiver.url,
  });
  const state = async () =>
    (await (await server.request("/api/callbacks?state=dead")).json()) as [];
  while ((await state()).length === 0);
  await server.stop();
  chmodSync(join(data, "actiond.db"), 0o644);
  const { out, code } = await examine(data);
  expect(code).toBe(1);
  expect(out).toContain(`1 dead to ${receiver.host}`);
  expect(out).toContain("1 callback is dead.");
  expect(out).toContain("has mode 644");
});

test("while a server uses the folder it says so, and shows what is running", async () => {
  await using server = await startInProcess();
  const gate = makeGate();
  await server.run("gate", gate.input, { "x-actions-async-timeout": "0" });
  const { out, code } = await examine(server.data);
  expect(code).toBe(0);
  expect(out).toContain("which a server is using");
  expect(out).toContain("1 running");
  gate.open();
});

test("damage is found", async () => {
  const data = await makeData("damaged");
  const file = join(data, "actiond.db");
  const sqlite = new Database(file, { readwrite: true });
  sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
  const [page] = sqlite
    .query("SELECT rootpage FROM sqlite_master WHERE name = 'runs_id'")
    .values()
    .flat();
  const [size] = sqlite.query("PRAGMA page_size").values().flat();
  sqlite.close();
  const descriptor = openSync(file, "r+");
  // The entries of an index point at other rows then.
  const at = Number(page) * Number(size) - 60;
  writeSync(descriptor, Buffer.alloc(50, 0x41), 0, 50, at);
  closeSync(descriptor);
  const { out, code } = await examine(data);
  expect(code).toBe(1);
  expect(out).toContain("Integrity    damaged");
  expect(out).toContain("Restore a backup.");
});

test("a folder without a database is an error", async () => {
  const { note, code } = await examine("/none");
  expect(code).toBe(1);
  expect(note).toContain("There is no database in /none.");
});

test("too little room on the disk is a finding", async () => {
  const data = await makeData("small");
  const { out, code } = await run([
    "doctor",
    data,
    "--min-free-disk",
    "8000000GB",
  ]);
  expect(code).toBe(1);
  expect(out).toContain("The disk has less room than new runs need");
});
