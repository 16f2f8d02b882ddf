/** Replicas of one fleet: what one changes, the others see. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SQL } from "bun";
import { Client } from "../../../src/store/postgres/connect/client.ts";
import { createKeyEditor } from "../../../src/store/postgres/keys.ts";
import { migrateTarget, openStore } from "../../../src/store/postgres/open.ts";
import { sweep } from "../../../src/store/postgres/upkeep/retention.ts";
import { toTarget } from "../../../src/store/postgres/connect/target.ts";
import {
  findPostgres,
  postgresUrl,
  startCluster,
  titleOf,
} from "../../postgres.ts";
import { makeRun } from "../sqlite/temporary-store.ts";
import { openTemporaryFleet } from "./temporary-fleet.ts";

const outcome = { status: "passed", result: "1" } as const;
const OPTIONS = { connections: 1, version: "test", actions: {} };
const { signal } = new AbortController();

describe.skipIf(findPostgres() === undefined)(titleOf("a fleet"), () => {
  let url: string;
  let fleet: Awaited<ReturnType<typeof openTemporaryFleet>>;
  let one: Awaited<ReturnType<typeof fleet.replica>>;
  let other: typeof one;
  beforeAll(async () => {
    url = await postgresUrl();
    fleet = await openTemporaryFleet(url);
    [one, other] = [await fleet.replica(), await fleet.replica()];
  });
  afterAll(async () => {
    await fleet[Symbol.asyncDispose]();
  });

  /** Makes a run whose callback to this host is owed from this moment on. */
  async function owe(host: string, at: number): Promise<string> {
    const run = makeRun({ callbackUrl: `http://${host}/`, detached: true });
    await one.runs.insert(run);
    await one.runs.finish(run, { outcome, at, runMs: 1 });
    return run.id;
  }

  test("of many requests with one idempotency key, on two replicas, one makes a run and all others meet it", async () => {
    const many = Array.from({ length: 30 }, () =>
      makeRun({ idempotencyKey: "once" }),
    );
    const met = await Promise.all(
      many.map((run, index) =>
        (index % 2 === 0 ? one : other).runs.insert(run),
      ),
    );
    const first = many[met.indexOf(undefined)];
    expect(met.filter((earlier) => earlier === undefined)).toHaveLength(1);
    expect(new Set(met.map((earlier) => earlier?.id ?? first?.id)).size).toBe(
      1,
    );
  });

  test("two replicas that add to one log lose no entry, and give each its number", async () => {
    const run = makeRun();
    await one.runs.insert(run);
    const entries = { text: "{}", count: 1, bytes: 3 };
    const added = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? one : other).logs.append(run.id, entries),
      ),
    );
    const numbers = added.map((answer) => answer?.lastSeq ?? 0);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(
      numbers.map((_, index) => index + 1),
    );
  });

  test("a file of a run is read on every replica, whole or in part, and only who carries the run replaces it", async () => {
    const run = makeRun();
    const { id } = run;
    await one.runs.insert(run);
    const bytes = Buffer.alloc(600_000, "0123456789");
    const put = (replica: typeof one, name: string, data: Uint8Array) =>
      replica.artifacts.put(
        id,
        { name, bytes: data.length, at: 7 },
        new Blob([data]),
      );
    const read = async (name: string, start = 0, end = Infinity) => {
      const file = await other.artifacts.find(id, name);
      const part = file?.slice(start, Math.min(end, file.size));
      return part && (await new Response(part).text());
    };
    await put(one, "large", Buffer.from("before"));
    await put(one, "large", bytes);
    await put(other, "large", Buffer.from("of another replica"));
    await put(other, "new", bytes);
    expect(await other.artifacts.list(id)).toEqual([
      { name: "large", bytes: 600_000, at: 7 },
    ]);
    expect(await read("large")).toBe(bytes.toString());
    expect(await read("large", 262_140, 262_150)).toBe("0123456789");
    expect(await read("large", 599_999)).toBe("9");
    expect(await read("nothing")).toBeUndefined();
    expect(await other.artifacts.totalBytes()).toBe(600_000);
    await one.runs.finish(run, { outcome, at: 5, runMs: 1 });
    await put(other, "large", Buffer.from("too late"));
    await put(other, "left", Buffer.from("found later"));
    expect(await read("left")).toBe("found later");
    expect(await read("large", 0, 3)).toBe("012");
    await other.runs.delete(id);
    expect(await one.artifacts.totalBytes()).toBe(0);
  });

  test("who follows all runs misses nothing of what is committed late, and is told nothing twice", async () => {
    const start = await one.events.keep();
    const [early, late] = [makeRun(), makeRun()];
    await using client = new Client(fleet.target);
    // It has its number before the other one, and is committed after it.
    await client.transaction(async (ask) => {
      await ask(
        `insert into "actiond".runs (id, package, action, status, input, created_at)
         values ($1::uuid, 'p', 'a', 0, '{}', 1)`,
        [late.id],
      );
      await other.runs.insert(early);
      expect(await idsAfter(one, start)).toEqual([early.id]);
    });
    expect(await idsAfter(other, start)).toEqual([early.id, late.id]);
    expect(await idsAfter(one, start + 1)).toEqual([late.id]);
  });

  async function idsAfter({ events }: typeof one, after: number) {
    const found = await events.findAfter(after);
    return found?.writes.map(({ run }) => run.id);
  }

  test("who begins to follow waits for what began while nobody did, and hears of everything after that", async () => {
    await fleet.ask("update actiond.feed set kept_until = '-infinity'");
    await using client = new Client(fleet.target);
    const before = makeRun();
    let keeping: Promise<number> | undefined;
    await client.transaction(async (ask) => {
      await ask(
        `insert into "actiond".runs (id, package, action, status, input, created_at)
         values ($1::uuid, 'p', 'a', 0, '{}', 1)`,
        [before.id],
      );
      keeping = one.events.keep();
      const first = await Promise.race([keeping, Bun.sleep(50)]);
      expect(first).toBeUndefined();
    });
    const start = (await keeping) ?? 0;
    const after = makeRun();
    await other.runs.insert(after);
    expect(await idsAfter(one, start)).toEqual([after.id]);
  });

  test("a delivery that is due is attempted by one replica, until its attempt has ended or it is asked for again", async () => {
    const id = await owe("lease.test", 1);
    const receiver = { owner: "", host: "lease.test" };
    const take = async (replica: typeof one) =>
      (await replica.deliveries.take(receiver, 5)).map(({ runId }) => runId);
    const hosts = async (replica: typeof one) =>
      (await replica.deliveries.pendingReceivers()).map(({ host }) => host);
    expect(await take(one)).toEqual([id]);
    expect(await take(one)).toEqual([id]);
    expect(await take(other)).toEqual([]);
    expect(await hosts(one)).toContain("lease.test");
    expect(await hosts(other)).not.toContain("lease.test");
    const start = { at: 2, attemptCount: 0, nextAttemptAt: 3 };
    const number = await one.deliveries.beginAttempt(id, start);
    await one.deliveries.endAttempt(id, number ?? 0, {
      attempt: { httpStatus: 500, ms: 1, error: "No." },
      attemptCount: 0,
      state: "pending",
      nextAttemptAt: 3,
    });
    expect(await take(other)).toEqual([id]);
    expect(await take(one)).toEqual([]);
    await one.deliveries.redeliver(id, 4);
    expect(await take(one)).toEqual([id]);
  });

  test("what is not due yet belongs to nobody, and a replica that is taken for dead is given nothing", async () => {
    const id = await owe("later.test", Date.now() + 60_000);
    const receiver = { owner: "", host: "later.test" };
    for (const replica of [one, other])
      expect((await replica.deliveries.take(receiver, 5))[0]?.runId).toBe(id);
    const dead = await fleet.replica();
    await fleet.ask(
      `update actiond.replicas set dead = true where id = '${dead.store.me}'`,
    );
    expect(await dead.deliveries.take(receiver, 5)).toEqual([]);
  });

  test("replicas notice within a second that somebody has changed the keys", async () => {
    await using client = new Client(fleet.target);
    const editor = createKeyEditor(client.query.bind(client));
    let changed = Promise.withResolvers<void>();
    using _ = other.keys.onChange(() => {
      changed.resolve();
    });
    // Something may have changed before the first look.
    await changed.promise;
    changed = Promise.withResolvers();
    const at = performance.now();
    await editor.add({
      id: "key_1",
      name: "ci",
      hash: "h",
      scopes: ["run"],
      packages: null,
      createdAt: 1,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    });
    await changed.promise;
    expect(performance.now() - at).toBeLessThan(1000);
    expect((await other.keys.list())[0]?.id).toBe("key_1");
  });

  test("old runs are deleted unless they are unfinished, owe a callback or have code that goes on", async () => {
    await using own = await openTemporaryFleet(url);
    const { runs, store } = await own.replica();
    const add = async (
      members: Parameters<typeof makeRun>[0],
      by?: "carrier",
    ) => {
      const run = makeRun({ callbackUrl: null, ...members });
      await runs.insert(run);
      const end = { outcome, at: run.createdAt, runMs: 1 };
      await runs.finish(run, end, by);
      return run.id;
    };
    const old = await add({});
    const kept = [
      await add({ callbackUrl: "http://a.test/", detached: true }),
      await add({ createdAt: 9000 }),
      await add({}, "carrier"),
    ];
    const withFiles = await add({});
    await runs.markArtifacts(withFiles);
    await runs.insert(makeRun());
    const dropped: string[] = [];
    const options = {
      keepRunsMs: 5000,
      keepCount: Infinity,
      now: 10_000,
      signal,
      onDropped: (ids: readonly string[]) => dropped.push(...ids),
    };
    expect(await sweep(store.control, options)).toBe(2);
    expect(await runs.find(old)).toBeUndefined();
    for (const id of kept) expect(await runs.find(id)).toBeDefined();
    expect(dropped).toEqual([withFiles]);
    const newest = { ...options, keepRunsMs: Infinity, keepCount: 2 };
    expect(await sweep(store.control, newest)).toBe(1);
    await own.ask("update actiond.runs set holding = false");
    expect(await sweep(store.control, newest)).toBe(1);
  });

  test("replicas that start together make the tables once", async () => {
    const target = toTarget(url, `${fleet.schema}_new`);
    const versions = await Promise.all(
      Array.from({ length: 5 }, () => migrateTarget(target)),
    );
    expect(versions.filter(({ before }) => before === 0)).toHaveLength(1);
    expect(new Set(versions.map(({ after }) => after)).size).toBe(1);
    await using client = new SQL(url, { max: 1 });
    await client.unsafe(`drop schema "${target.schema}" cascade`);
  });

  test("a schema that a newer program has made its own is refused, and one it has only added to is used, also by replicas that serve meanwhile", async () => {
    await using own = await openTemporaryFleet(url);
    const before = await own.replica();
    const work = async ({ runs, deliveries, logs }: typeof before) => {
      const run = makeRun({ callbackUrl: "http://a.test/", detached: true });
      await runs.insert(run);
      await logs.append(run.id, { text: "{}", count: 1, bytes: 3 });
      await runs.finish(run, { outcome, at: 5, runMs: 1 });
      expect((await runs.find(run.id))?.status).toBe("passed");
      expect((await runs.list({ limit: 1 })).runs[0]?.id).toBe(run.id);
      const receiver = { owner: "", host: "a.test" };
      expect(await deliveries.take(receiver, 9)).not.toEqual([]);
    };
    await work(before);
    for (const table of ["runs", "deliveries", "log_entries", "replicas"])
      await own.ask(
        `alter table actiond.${table} add column later text not null default 'x'`,
      );
    await own.ask("update actiond.meta set schema_version = 900");
    await work(before);
    await work(await own.replica());
    await own.ask("update actiond.meta set min_version = 900");
    await expect(own.replica()).rejects.toThrow(
      "was brought to version 900 by a newer actiond",
    );
  });

  test.each([
    ["postgres://127.0.0.1:1/x", "The database 127.0.0.1:1/x cannot be used"],
    ["DATABASE/no-such-database", "there is no database of this name"],
    ["mysql://127.0.0.1/x", "The URL of the database must be like"],
    ["postgres:///x", "The URL of the database must be like"],
  ])("a start with %s says %j", async (text, reason) => {
    const { host } = new URL(url);
    const given = text.replace("DATABASE", `postgres://postgres@${host}`);
    const open = async () => await openStore(toTarget(given, "a"), OPTIONS);
    await expect(open()).rejects.toThrow(reason);
  });

  test("of several hosts the one that answers and is no standby is used, and a standby alone is refused", async () => {
    using standby = await startCluster({}, { isStandby: true });
    const hosts = ["127.0.0.1:1", new URL(standby.url).host, new URL(url).host];
    const target = toTarget(
      `postgres://postgres@${hosts.join(",")}/postgres`,
      fleet.schema,
    );
    await using client = new Client(target);
    const [row] = await client.query("select inet_server_port()");
    expect(row).toEqual([Number(new URL(url).port)]);
    await using store = await openStore(target, OPTIONS);
    expect(await store.reader.ask("select pg_is_in_recovery()")).toEqual([
      [false],
    ]);
    const alone = toTarget(standby.url, fleet.schema);
    await expect(openStore(alone, OPTIONS)).rejects.toThrow("is a standby");
  });

  test("a user without the rights it needs is told which are missing", async () => {
    const { host } = new URL(url);
    await using admin = new SQL(url, { max: 1 });
    const role = `${fleet.schema}_role`;
    await admin.unsafe(`create role "${role}" login`);
    const open = async (schema: string, at = host) => {
      const target = toTarget(`postgres://${role}@${at}/postgres`, schema);
      await using _ = await openStore(target, OPTIONS);
    };
    await expect(open("none")).rejects.toThrow(
      `has no schema "none", and the user "${role}" may not create it. Run: CREATE SCHEMA none AUTHORIZATION ${role};`,
    );
    await expect(open(fleet.schema)).rejects.toThrow("GRANT USAGE, CREATE");
    await admin.unsafe(`grant usage on schema "${fleet.schema}" to "${role}"`);
    await expect(open(fleet.schema)).rejects.toThrow(
      `GRANT ALL ON ALL TABLES IN SCHEMA ${fleet.schema}`,
    );
    await admin.unsafe(
      `alter role "${role}" set default_transaction_read_only = on`,
    );
    await expect(open(fleet.schema)).rejects.toThrow("read-only for this user");
    await admin.unsafe(`drop owned by "${role}"; drop role "${role}"`);
  });
});
