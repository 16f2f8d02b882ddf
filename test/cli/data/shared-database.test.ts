/** The commands that work on a database which replicas share. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SQL } from "bun";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createDeliveryStore } from "../../../src/store/postgres/deliveries/deliveries.ts";
import { createLogStore } from "../../../src/store/postgres/logs.ts";
import { openStore } from "../../../src/store/postgres/open.ts";
import { createRunStore } from "../../../src/store/postgres/runs.ts";
import { toTarget } from "../../../src/store/postgres/connect/target.ts";
import { createLogStore as createEmbeddedLogStore } from "../../../src/store/sqlite/kept-log/logs.ts";
import { openKeyEditor } from "../../../src/store/sqlite/keys.ts";
import { findPostgres, postgresUrl, titleOf } from "../../postgres.ts";
import { makeTemporaryFolder } from "../../server.ts";
import { createDeliveryStore as createEmbeddedDeliveryStore } from "../../../src/store/sqlite/deliveries.ts";
import { openStore as openEmbedded } from "../../../src/store/sqlite/open.ts";
import { createRunStore as createEmbeddedRunStore } from "../../../src/store/sqlite/runs.ts";
import {
  makeRun,
  recordAttempt,
  THREAD,
} from "../../store/sqlite/temporary-store.ts";
import { run } from "../program.ts";

const SCHEMA = `commands_${process.pid}`;
const outcome = { status: "passed", result: '"ü"' } as const;

describe.skipIf(findPostgres() === undefined)(titleOf("commands"), () => {
  let url: string;
  let admin: SQL;
  const command = (...words: string[]) =>
    run([...words, "--database-schema", SCHEMA], { ACTIOND_DATABASE_URL: url });
  beforeAll(async () => {
    url = await postgresUrl();
    admin = new SQL(url, { max: 1 });
  });
  afterAll(async () => {
    await admin.unsafe(`drop schema if exists "${SCHEMA}" cascade`);
    await admin.close();
  });

  test("migrate says what there is to do, does it once, and says that it is done", async () => {
    const before = await command("migrate", "--check");
    expect(before.out).toContain("They have to be migrated.");
    expect(before.code).toBe(1);
    expect((await command("migrate")).out).toContain("from version 0 to");
    expect((await command("migrate")).out).toContain("already");
    expect((await command("migrate", "--check")).code).toBe(0);
  });

  test.each(["migrate", "import .", "doctor"])(
    "%s without a database says how to name one",
    async (words) => {
      const { code, note } = await run(words.split(" "));
      expect(code).toBe(2);
      expect(note).toContain("--database-url");
    },
  );

  test("a password is in no message and not left in the environment", async () => {
    const environment: Record<string, string> = {
      ACTIOND_DATABASE_URL: "postgres://me:geheim@127.0.0.1:1/x",
    };
    const { code, note } = await run(["migrate"], environment);
    expect(code).toBe(1);
    expect(note).toContain("The database 127.0.0.1:1/x cannot be used");
    expect(note).not.toContain("geheim");
    expect(environment).toEqual({});
  });

  test("keys are created, listed and revoked", async () => {
    const created = await command("keys", "create", "ci");
    expect(created.out).toMatch(/^\S{20,}\n$/);
    expect(created.note).toContain("first key");
    expect((await command("keys", "create", "ci")).code).toBe(1);
    expect((await command("keys", "list")).out).toContain("active");
    expect((await command("keys", "revoke", "ci")).note).toContain("revoked");
    expect((await command("keys", "list")).out).toContain("revoked");
  });

  test("a data folder is imported with everything that belongs to its runs, once, also when it is imported again", async () => {
    const folder = makeTemporaryFolder();
    const data = join(folder, "data");
    const ids = await fill(data);
    expect((await command("import", data)).out).toBe(
      "Moved 3 runs and 1 keys. 1 of the runs were running and are interrupted.\n",
    );
    expect((await command("import", data)).out).toContain(
      "Moved 0 runs and 0 keys.",
    );
    const target = toTarget(url, SCHEMA);
    await using store = await openStore(target, {
      connections: 1,
      version: "test",
      actions: {},
    });
    const runs = createRunStore(store);
    const deliveries = createDeliveryStore(store);
    const { runs: found } = await runs.list({ limit: 10 });
    expect(
      found.map(({ id, status, numberedId }) => [id, status, numberedId]),
    ).toEqual([
      [ids[2]!, "queued", 3],
      [ids[1]!, "cancelled", 2],
      [ids[0]!, "passed", 1],
    ]);
    expect(found[1]).toMatchObject({
      detached: true,
      error: { code: "interrupted" },
    });
    expect(found[2]).toMatchObject({
      input: '{"a":"\\u0000"}',
      result: '"ü"',
      idempotencyKey: "k",
      owner: "key_9",
    });
    // Of the interrupted run it is owed now.
    expect((await deliveries.find(ids[1]!))?.state).toBe("pending");
    expect((await deliveries.find(ids[0]!))?.state).toBe("dead");
    expect(await deliveries.attempts(ids[0]!)).toHaveLength(1);
    const log = await createLogStore(store).findAfter(ids[0]!, 0);
    expect(log).toEqual({ firstSeq: 1, lastSeq: 2, text: "{}\n{}" });
    // What comes later has later numbers.
    const later = makeRun();
    await runs.insert(later);
    expect((await runs.find(later.id))?.numberedId).toBe(4);
    expect((await command("keys", "list")).out).toContain("imported");
    rmSync(folder, { recursive: true, force: true });
  });

  test("a folder is not imported over runs that took its numbers", async () => {
    const folder = makeTemporaryFolder();
    const data = join(folder, "data");
    await fill(data);
    const { code, note } = await command("import", data);
    expect(code).toBe(1);
    expect(note).toContain("The database has runs of its own");
    rmSync(folder, { recursive: true, force: true });
  });

  test("doctor says how the fleet is, and what is wrong", async () => {
    // It would wait for a sign of those that are not known to be dead.
    await admin.unsafe(`update "${SCHEMA}".replicas set dead = true`);
    const { out, code } = await command("doctor");
    expect(code).toBe(1);
    expect(out).toContain(`schema "${SCHEMA}"`);
    expect(out).toContain("Server       PostgreSQL");
    expect(out).toContain("1 queued, 1 running, 1 passed");
    expect(out).toContain("Runs wait, and no replica lives.");
    expect(out).toContain("has fsync off");
    expect(out).toContain("1 callback is dead");
  });
});

/** @returns the ids of a run that passed, one that is running and one that is queued */
async function fill(data: string): Promise<string[]> {
  using editor = openKeyEditor(data);
  const scopes = ["run" as const];
  const times = { createdAt: 1, expiresAt: null, revokedAt: null };
  const key = { id: "key_9", name: "imported", hash: "h", scopes, ...times };
  await editor.add({ ...key, packages: null, lastUsedAt: null });
  await using store = openEmbedded(data, {
    durability: "normal",
    thread: THREAD,
  });
  const passed = makeRun({
    detached: true,
    input: '{"a":"\\u0000"}',
    idempotencyKey: "k",
    owner: "key_9",
  });
  const runs = createEmbeddedRunStore(store);
  const [running, queued] = [makeRun(), makeRun({ startedAt: null })];
  await runs.insert(passed);
  const logs = createEmbeddedLogStore(store);
  await logs.append(passed.id, { text: "{}\n{}", count: 2, bytes: 6 });
  await runs.finish(passed, { outcome, at: 5, runMs: 1.5 });
  await recordAttempt(createEmbeddedDeliveryStore(store), passed.id, {
    attempt: { httpStatus: 500, ms: 1.5, error: "No." },
    attemptCount: 0,
    state: "dead",
    nextAttemptAt: null,
  });
  await runs.insert(running);
  await runs.insert(queued);
  return [passed.id, running.id, queued.id];
}
