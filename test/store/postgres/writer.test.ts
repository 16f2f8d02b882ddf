/** What a replica writes is made once, whatever the network and the database do meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../../../src/store/postgres/connect/client.ts";
import { createLogStore } from "../../../src/store/postgres/logs.ts";
import { Reader } from "../../../src/store/postgres/connect/reader.ts";
import { createRunStore } from "../../../src/store/postgres/runs.ts";
import { toTarget } from "../../../src/store/postgres/connect/target.ts";
import { FlushWriter } from "../../../src/store/postgres/write/writer.ts";
import { findPostgres, postgresUrl, titleOf } from "../../postgres.ts";
import { makeRun } from "../sqlite/temporary-store.ts";
import { openProxy, type Proxy } from "./proxy.ts";
import { openTemporaryFleet } from "./temporary-fleet.ts";

const outcome = { status: "passed", result: "1" } as const;
const end = { outcome, at: 2000, runMs: 5 };
/** How long a query of these tests may take. */
const DEADLINE_MS = 300;

describe.skipIf(findPostgres() === undefined)(titleOf("a replica"), () => {
  let fleet: Awaited<ReturnType<typeof openTemporaryFleet>>;
  let proxy: Proxy;
  beforeAll(async () => {
    const url = await postgresUrl();
    fleet = await openTemporaryFleet(url);
    proxy = openProxy(Number(new URL(url).port));
  });
  afterAll(async () => {
    proxy[Symbol.dispose]();
    await fleet[Symbol.asyncDispose]();
  });

  /** A replica that writes through the proxy. */
  async function open() {
    proxy.change("carry");
    const { store } = await fleet.replica();
    const { me, reader } = store;
    const target = toTarget(
      `postgres://postgres@127.0.0.1:${proxy.port}/postgres`,
      fleet.schema,
    );
    const writer = new FlushWriter(
      new Client(target, { deadlineMs: DEADLINE_MS }),
      me,
    );
    const parts = { reader, writer, me };
    const runs = createRunStore(parts);
    return { ...parts, runs, logs: createLogStore(parts) };
  }

  /** Resolves when what this turn of the event loop has asked for is sent. */
  async function untilTurn() {
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
  }

  /** Resolves when the writer has met the trouble. */
  async function untilTroubled(writer: FlushWriter) {
    while (writer.trouble === undefined) await Bun.sleep(5);
  }

  test.each(["insert", "finish", "detach", "start", "detachUnheard"] as const)(
    "a %s whose reply is lost is answered as it was made, once",
    async (change) => {
      const { runs, writer } = await open();
      const run = makeRun({ startedAt: change === "start" ? null : 1000 });
      if (change !== "insert") await runs.insert(run);
      if (change === "detachUnheard") await runs.finish(run, end);
      const make = (): Promise<unknown> => {
        if (change === "insert") return runs.insert(run);
        if (change === "finish") return runs.finish(run, end);
        return change === "start"
          ? runs.start(run.id, 1500, 1)
          : runs[change](run.id);
      };
      proxy.change("lose");
      const answer = make();
      await untilTroubled(writer);
      proxy.change("carry");
      expect(await answer).toEqual(
        {
          insert: undefined,
          finish: { isFirst: true, isDetached: false },
          detach: true,
          start: true,
          detachUnheard: { owedTo: "127.0.0.1:9" },
        }[change],
      );
      // The next one is another change, which comes too late.
      if (change === "finish") expect(await make()).toEqual({ isFirst: false });
      if (change === "detachUnheard") expect(await make()).toEqual({});
      expect(writer.trouble).toBeUndefined();
      await writer[Symbol.asyncDispose]();
    },
  );

  test("lines of a log whose reply is lost are kept once, and their numbers are told", async () => {
    const { runs, logs, writer } = await open();
    const run = makeRun();
    await runs.insert(run);
    const entries = { text: "{}", count: 3, bytes: 3 };
    await logs.append(run.id, entries);
    proxy.change("lose");
    const appended = logs.append(run.id, entries);
    await untilTroubled(writer);
    proxy.change("carry");
    expect(await appended).toEqual({ lastSeq: 6, bytes: 6 });
    expect(await logs.findAfter(run.id, 6)).toBeUndefined();
    await writer[Symbol.asyncDispose]();
  });

  test("while the database does not answer, new changes are refused at once, and afterwards all goes on by itself", async () => {
    const { runs, writer } = await open();
    proxy.change("hold");
    const run = makeRun();
    const inserted = runs.insert(run);
    await untilTurn();
    // It waits for the flush that is under way.
    const waiting = runs.insert(makeRun());
    await expect(waiting).rejects.toMatchObject({ code: "store_unavailable" });
    expect(writer.trouble).toBeDefined();
    await expect(runs.insert(makeRun())).rejects.toMatchObject({
      code: "store_unavailable",
      retryAfterSeconds: 5,
    });
    proxy.change("carry");
    expect(await inserted).toBeUndefined();
    expect((await runs.find(run.id))?.status).toBe("running");
    expect(await runs.insert(makeRun())).toBeUndefined();
    await writer[Symbol.asyncDispose]();
  });

  test("a flush that the database executes after it was given up is not made twice", async () => {
    const { runs, writer, me } = await open();
    const run = makeRun();
    await runs.insert(run);
    // The row of the replica is locked, as in a database that stands still.
    const release = Promise.withResolvers<void>();
    const target = toTarget(await postgresUrl(), fleet.schema);
    await using other = new Client(target, { deadlineMs: 10_000 });
    const held = other.transaction(async (ask) => {
      await ask(
        `select 1 from "actiond".replicas where id = $1::uuid for update`,
        [me],
      );
      locked.resolve();
      await release.promise;
    });
    const locked = Promise.withResolvers<void>();
    await locked.promise;
    const finished = runs.finish(run, end);
    await untilTroubled(writer);
    release.resolve();
    await held;
    expect(await finished).toMatchObject({ isFirst: true });
    const [row] = await fleet.ask(
      `select flush from actiond.replicas where id = '${me}'`,
    );
    expect(Number(row?.["flush"])).toBe(2);
    await writer[Symbol.asyncDispose]();
  });

  test("a replica that is taken for dead writes nothing, tells nobody anything, and says that it has died", async () => {
    const { runs, writer, me } = await open();
    const run = makeRun();
    await runs.insert(run);
    await fleet.ask(
      `update actiond.replicas set dead = true where id = '${me}'`,
    );
    let isTold = false;
    void runs.finish(run, end).finally(() => {
      isTold = true;
    });
    expect(await writer.died).toContain("taken this replica for dead");
    await expect(runs.insert(makeRun())).rejects.toMatchObject({
      code: "store_unavailable",
    });
    expect(isTold).toBe(false);
    expect((await runs.find(run.id))?.status).toBe("running");
    await writer[Symbol.asyncDispose]();
  });

  test("a database that has forgotten a flush ends the replica", async () => {
    const { runs, writer, me } = await open();
    await runs.insert(makeRun());
    await runs.insert(makeRun());
    await fleet.ask(`update actiond.replicas set flush = 1 where id = '${me}'`);
    void runs.insert(makeRun());
    expect(await writer.died).toContain("has forgotten");
    await writer[Symbol.asyncDispose]();
  });

  test("a change that is wrong is refused alone", async () => {
    const { runs, writer } = await open();
    const good = [makeRun(), makeRun()];
    const bad = makeRun({ package: "a\0b" });
    const [first, refused, last] = await Promise.allSettled(
      [good[0]!, bad, good[1]!].map((run) => runs.insert(run)),
    );
    expect([first?.status, refused?.status, last?.status]).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    for (const { id } of good) expect(await runs.find(id)).toBeDefined();
    await writer[Symbol.asyncDispose]();
  });

  test("two replicas that change the same runs in opposite orders undo each other never", async () => {
    const [one, other] = [await fleet.replica(), await fleet.replica()];
    const many = Array.from({ length: 200 }, () => makeRun());
    await Promise.all(many.map((run) => one.runs.insert(run)));
    const by = "anyone";
    const told = await Promise.all([
      ...many.map((run) => one.runs.finish(run, end, by)),
      ...many.toReversed().map((run) => other.runs.finish(run, end, by)),
    ]);
    expect(told.filter(({ isFirst }) => isFirst)).toHaveLength(200);
  });

  test("a flush never reads the whole table, although its plan was made while the table was small", async () => {
    await using own = await openTemporaryFleet(await postgresUrl());
    const { store, runs } = await own.replica();
    const seen = async () => {
      const [row] = await own.ask(
        `select n_tup_ins::int, seq_scan::int, idx_tup_fetch::int from pg_stat_user_tables where schemaname = '${own.schema}' and relname = 'runs'`,
      );
      return row;
    };
    const before = await seen();
    // A plan is kept from the sixth time on. Each flush may look up its one row a few times.
    const COUNT = 40;
    for (let number = 0; number < COUNT; number += 1) {
      const run = makeRun();
      await runs.insert(run);
      await runs.detach(run.id);
      await runs.finish(run, end);
    }
    // The counts of a session arrive when it ends.
    await store.writer[Symbol.asyncDispose]();
    let after = await seen();
    while (after?.["n_tup_ins"] !== COUNT) after = await seen();
    expect(after?.["seq_scan"]).toBe(before?.["seq_scan"]);
    expect(after?.["idx_tup_fetch"]).toBeLessThan(COUNT * 10);
  });

  test("a look-up that the database does not answer ends", async () => {
    proxy.change("hold");
    const target = toTarget(
      `postgres://postgres@127.0.0.1:${proxy.port}/postgres`,
      fleet.schema,
    );
    await using reader = new Reader(
      new Client(target, { deadlineMs: DEADLINE_MS }),
    );
    await expect(reader.ask("select 1")).rejects.toMatchObject({
      code: "store_unavailable",
    });
    proxy.change("carry");
    expect(await reader.ask("select 1")).toHaveLength(1);
  });
});
