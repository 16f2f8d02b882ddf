/** Who gets which queued runs, and what becomes of those that a dead replica had. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { End, NewRun } from "../../../../src/run/store.ts";
import type { ActionFacts } from "../../../../src/store/postgres/fleet/action-facts.ts";
import { Claims } from "../../../../src/store/postgres/fleet/claims.ts";
import { takeOver } from "../../../../src/store/postgres/fleet/lease/take-over.ts";
import { findPostgres, postgresUrl, titleOf } from "../../../postgres.ts";
import { makeRun } from "../../sqlite/temporary-store.ts";
import { openTemporaryFleet } from "../temporary-fleet.ts";

const facts: ActionFacts = {
  package: "shop",
  action: "order",
  address: "shop/order",
  version: "1",
  concurrency: 1,
  isIsolated: false,
  maxQueued: Infinity,
};
const passed: End = {
  outcome: { status: "passed", result: "1" },
  at: 1,
  runMs: 1,
};
const cancelled: End = {
  outcome: {
    status: "cancelled",
    error: { kind: "run_cancelled", code: "run_cancelled", message: "No." },
  },
  at: 1,
  runMs: 1,
};
const ALL = { room: 10, lanes: [] };

describe.skipIf(findPostgres() === undefined)(titleOf("claims"), () => {
  let fleet: Awaited<ReturnType<typeof openTemporaryFleet>>;
  let one: Awaited<ReturnType<typeof fleet.replica>>;
  let other: typeof one;
  beforeAll(async () => {
    fleet = await openTemporaryFleet(await postgresUrl());
    [one, other] = [await fleet.replica(), await fleet.replica()];
  });
  afterAll(async () => {
    await fleet[Symbol.asyncDispose]();
  });

  const claimsOf = ({ store }: typeof one) =>
    new Claims(store.control, store.me);

  /** A queued run of the action. */
  async function queue(members: Record<string, unknown> = {}): Promise<NewRun> {
    const run = {
      ...makeRun({ package: "shop", action: "order", startedAt: null }),
      actionVersion: "1",
      lane: null,
      ...members,
    };
    await one.runs.insert(run);
    return run;
  }

  async function claim(who: typeof one, changes: Partial<ActionFacts> = {}) {
    const { runs } = await claimsOf(who).claim([{ ...facts, ...changes }], ALL);
    return runs.map(({ run }) => run.id);
  }

  test("a lane has no more runs than it may at once, whoever asks, and its oldest comes first", async () => {
    const [first, second] = [
      await queue({ lane: "a" }),
      await queue({ lane: "a" }),
    ];
    const both = await Promise.all([claim(one), claim(other)]);
    expect(both.flat()).toEqual([first.id]);
    const carrier = both[0].length > 0 ? one : other;
    await carrier.runs.finish(first, passed, "code");
    expect(await claim(one)).toEqual([second.id]);
    await one.runs.finish(second, passed, "code");
  });

  test.each([
    ["without a limit", null, undefined],
    ["of one lane", "shared", 10],
  ])(
    "queued runs %s go to one key after the other, however many one has queued",
    async (_, lane, concurrency) => {
      const first = await Promise.all(
        Array.from({ length: 20 }, () => queue({ lane, owner: "a" })),
      );
      const second = [await queue({ lane, owner: "b" })];
      first.push(await queue({ lane, owner: "a" }));
      second.push(await queue({ lane, owner: "b" }));
      const claimed: string[] = [];
      for (let count = 0; count < 22; count += 1) {
        const { runs } = await claimsOf(count % 2 === 0 ? one : other).claim(
          [{ ...facts, concurrency }],
          { ...ALL, room: 1 },
        );
        for (const { run } of runs) {
          claimed.push(run.id);
          await (count % 2 === 0 ? one : other).runs.finish(run, passed);
        }
        // It comes while the others wait: before most of them.
        if (count === 9) second.push(await queue({ lane, owner: "b" }));
      }
      const places = second.map(({ id }) => claimed.indexOf(id));
      expect(places[0]).toBeLessThanOrEqual(1);
      expect(places[1]).toBeLessThanOrEqual(3);
      expect(places[2]).toBeWithin(10, 12);
      const own = first.map(({ id }) => id);
      expect(claimed.filter((id) => own.includes(id))).toEqual(
        own.filter((id) => claimed.includes(id)).toSorted(),
      );
      await fleet.ask("delete from actiond.runs");
    },
  );

  test("a run that somebody else has cancelled takes its place in the lane until its code has ended", async () => {
    const [first, second] = [
      await queue({ lane: "b" }),
      await queue({ lane: "b" }),
    ];
    expect(await claim(one)).toEqual([first.id]);
    await other.runs.finish(first, cancelled, "anyone");
    expect(await claim(other)).toEqual([]);
    await one.store.writer.write({ kind: "release", id: first.id });
    expect(await claim(other)).toEqual([second.id]);
    await other.runs.finish(second, passed, "code");
  });

  test("a run goes to a replica that has its version of the action, while there is one", async () => {
    const run = await queue({ actionVersion: "2" });
    await fleet.ask(
      `update actiond.replicas set actions = '{"shop/order":"2"}' where id = '${other.store.me}'`,
    );
    expect(await claim(one)).toEqual([]);
    expect(await claim(other, { version: "2" })).toEqual([run.id]);
    await other.runs.finish(run, passed, "code");
    const late = await queue({ actionVersion: "0" });
    expect(await claim(one)).toEqual([late.id]);
    await one.runs.finish(late, passed, "code");
  });

  test("secrets that came with a request are not looked for in another replica while the first one lives", async () => {
    const run = await queue({ sentSecrets: true });
    expect(await claim(other)).toEqual([]);
    expect(await claim(one)).toEqual([run.id]);
    await one.runs.finish(run, passed, "code");
  });

  test("what a dead replica had is taken over: runs again or ended, callers detached, and the replica claims nothing more", async () => {
    const gone = await fleet.replica();
    const callback = { callbackUrl: "http://a.test/", detached: false };
    const [ended, again] = [
      await queue({ ...callback }),
      await queue({ retryLimit: 2 }),
    ];
    expect(await claim(gone)).toEqual([ended.id, again.id]);
    const waiting = makeRun({ startedAt: null, ...callback });
    await gone.runs.insert(waiting);
    await fleet.ask(
      `update actiond.runs set accepted_by = '${gone.store.me}' where id = '${ended.id}'`,
    );
    await fleet.ask(
      `update actiond.replicas set dead = true where id = '${gone.store.me}'`,
    );
    await takeOver(one.store.control, "test");
    expect(await one.runs.find(ended.id)).toMatchObject({
      status: "cancelled",
      error: { code: "interrupted" },
      detached: true,
    });
    expect(await one.deliveries.find(ended.id)).toMatchObject({
      state: "pending",
    });
    expect(await one.runs.find(waiting.id)).toMatchObject({
      status: "queued",
      detached: true,
    });
    await expect(claim(gone)).rejects.toMatchObject({ state: "FL001" });
    expect(await claim(one)).toEqual([again.id]);
    expect(await one.runs.find(again.id)).toMatchObject({ attempt: 2 });
  });

  test("a claim looks up only what it takes, although its plans were made while the table was empty", async () => {
    await using own = await openTemporaryFleet(await postgresUrl());
    const replica = await own.replica();
    const claims = claimsOf(replica);
    const seen = async () => {
      const [row] = await own.ask(
        `select n_tup_upd::int, seq_scan::int, idx_tup_fetch::int from pg_stat_user_tables where schemaname = '${own.schema}' and relname = 'runs'`,
      );
      return row;
    };
    for (let number = 0; number < 8; number += 1)
      await claims.claim([facts], ALL);
    const before = await seen();
    await own.ask(
      `insert into actiond.runs (id, package, action, status, input, created_at, action_version, lane)
       select gen_random_uuid(), 'shop', 'order', 0, '{}', 1, '1', 'lane ' || n from generate_series(1, 3000) n`,
    );
    expect((await claims.claim([facts], ALL)).runs).toHaveLength(10);
    // The counts of a session arrive when it ends.
    await replica.store.control[Symbol.asyncDispose]();
    let after = await seen();
    while (after?.["n_tup_upd"] !== 10) after = await seen();
    expect(after?.["seq_scan"]).toBe(before?.["seq_scan"]);
    expect(after?.["idx_tup_fetch"]).toBeLessThan(300);
  });
});
