import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type {
  AttemptResult,
  DeliveryState,
} from "../../../src/run/delivery/delivery.ts";
import { makeRun, recordAttempt } from "../sqlite/temporary-store.ts";
import { describeStores, type Kept, openSqlite } from "./adapters.ts";

describeStores((open) => {
  /** Makes a run whose callback to this host is owed from this moment on. */
  async function owe({ runs }: Kept, host: string, at: number, owner = "") {
    const callbackUrl = `http://${host}/`;
    const run = makeRun({ callbackUrl, detached: true, owner });
    void runs.insert(run);
    await runs.finish(run, {
      outcome: { status: "passed", result: "1" },
      at,
      runMs: 1,
    });
    return run.id;
  }

  function result(
    state: DeliveryState,
    nextAttemptAt: number | null = null,
    attemptCount = 0,
  ): AttemptResult {
    const error = state === "delivered" ? null : "No.";
    return {
      attempt: { httpStatus: 200, ms: 1.5, error },
      attemptCount,
      state,
      nextAttemptAt,
    };
  }

  const STATES: DeliveryState[] = ["pending", "delivered", "refused", "dead"];

  describe("pending deliveries", () => {
    test("pending deliveries are known by key and host with the moment the first is due", async () => {
      await using kept = await open();
      await owe(kept, "b.test", 30);
      await owe(kept, "b.test:81", 10);
      await owe(kept, "b.test", 20);
      await owe(kept, "a.test", 40);
      await owe(kept, "a.test", 5, "key");
      const paid = await owe(kept, "c.test", 1);
      await recordAttempt(kept.deliveries, paid, result("delivered"));
      expect(await kept.deliveries.pendingReceivers()).toEqual([
        { owner: "", host: "a.test", nextAttemptAt: 40 },
        { owner: "", host: "b.test", nextAttemptAt: 20 },
        { owner: "", host: "b.test:81", nextAttemptAt: 10 },
        { owner: "key", host: "a.test", nextAttemptAt: 5 },
      ]);
    });

    test("no delivery is pending when none is owed", async () => {
      await using kept = await open();
      expect(await kept.deliveries.pendingReceivers()).toEqual([]);
      expect(
        await kept.deliveries.take({ owner: "", host: "a.test" }, 5),
      ).toEqual([]);
    });

    test("the pending deliveries of a host come in the order in which they are due", async () => {
      await using kept = await open();
      const late = await owe(kept, "a.test", 30);
      const early = await owe(kept, "a.test", 10);
      await owe(kept, "b.test", 1);
      const ended = await owe(kept, "a.test", 2);
      await recordAttempt(kept.deliveries, ended, result("refused"));
      const ids = async (limit: number) =>
        (await kept.deliveries.take({ owner: "", host: "a.test" }, limit)).map(
          ({ runId }) => runId,
        );
      expect(await ids(5)).toEqual([early, late]);
      expect(await ids(1)).toEqual([early]);
    });
  });

  describe("attempts", () => {
    test.each(STATES)(
      "an attempt that makes a delivery %s is counted",
      async (state) => {
        await using kept = await open();
        const id = await owe(kept, "a.test", 10);
        const nextAttemptAt = state === "pending" ? 99 : null;
        await recordAttempt(kept.deliveries, id, result("pending", 50));
        await recordAttempt(
          kept.deliveries,
          id,
          result(state, nextAttemptAt, 1),
        );
        expect(await kept.deliveries.find(id)).toEqual({
          runId: id,
          numberedId: 1,
          url: "http://a.test/",
          host: "a.test",
          state,
          attemptCount: 2,
          nextAttemptAt,
          createdAt: 10,
          owner: "",
        });
        expect(await kept.deliveries.attempts(id)).toEqual([
          { number: 1, at: 5, httpStatus: 200, ms: 1.5, error: "No." },
          { number: 2, at: 5, ...result(state).attempt },
        ]);
      },
    );

    test("an attempt without an answer has no status", async () => {
      await using kept = await open();
      const id = await owe(kept, "a.test", 10);
      const attempt = { httpStatus: null, ms: 1, error: "Late." };
      const pending = { state: "pending", nextAttemptAt: 6 } as const;
      await recordAttempt(kept.deliveries, id, {
        attempt,
        attemptCount: 0,
        ...pending,
      });
      expect(await kept.deliveries.attempts(id)).toEqual([
        { number: 1, at: 5, ...attempt },
      ]);
    });

    // Another database may have it on disk before it answers.
    test.if(open === openSqlite)(
      "an attempt is not seen before it is on disk",
      async () => {
        await using kept = await open();
        const id = await owe(kept, "a.test", 10);
        const start = { at: 5, attemptCount: 0, nextAttemptAt: 60 };
        const begun = kept.deliveries.beginAttempt(id, start);
        expect(await kept.deliveries.attempts(id)).toEqual([]);
        await begun;
        const [kind] = await kept.deliveries.attempts(id);
        expect(kind?.error).toBe(
          "The server stopped before this attempt had an end.",
        );
        const recorded = kept.deliveries.endAttempt(id, 1, result("delivered"));
        expect((await kept.deliveries.find(id))?.state).toBe("pending");
        await recorded;
        expect((await kept.deliveries.find(id))?.state).toBe("delivered");
      },
    );
  });

  describe("an attempt that the process does not outlive", () => {
    const start = { at: 5, attemptCount: 0, nextAttemptAt: 60 };

    test("it is counted and the next one is due later", async () => {
      await using kept = await open();
      const id = await owe(kept, "a.test", 10);
      expect(await kept.deliveries.beginAttempt(id, start)).toBe(1);
      expect(await kept.deliveries.find(id)).toMatchObject({
        state: "pending",
        attemptCount: 1,
        nextAttemptAt: 60,
      });
    });

    test("an attempt is not begun twice", async () => {
      await using kept = await open();
      const id = await owe(kept, "a.test", 10);
      await kept.deliveries.beginAttempt(id, start);
      expect(await kept.deliveries.beginAttempt(id, start)).toBeUndefined();
      expect(await kept.deliveries.attempts(id)).toHaveLength(1);
    });

    test("an attempt that is forgotten leaves the delivery as it was", async () => {
      await using kept = await open();
      const id = await owe(kept, "a.test", 10);
      const before = await kept.deliveries.find(id);
      await kept.deliveries.beginAttempt(id, start);
      await kept.deliveries.forgetAttempt(id, 1, {
        attemptCount: 0,
        nextAttemptAt: 10,
      });
      expect(await kept.deliveries.find(id)).toEqual(before);
      expect(await kept.deliveries.attempts(id)).toEqual([]);
    });

    test("a delivery is given up only as it was looked up", async () => {
      await using kept = await open();
      const id = await owe(kept, "a.test", 10);
      await kept.deliveries.giveUp({ runId: id, attemptCount: 3 });
      expect((await kept.deliveries.find(id))?.state).toBe("pending");
      await kept.deliveries.giveUp({ runId: id, attemptCount: 0 });
      expect((await kept.deliveries.find(id))?.state).toBe("dead");
    });

    test("the size of an outcome is known in bytes", async () => {
      await using kept = await open();
      const run = makeRun({ detached: true });
      void kept.runs.insert(run);
      const outcome = { status: "passed", result: '"ü"' } as const;
      await kept.runs.finish(run, { outcome, at: 1, runMs: 1 });
      expect(await kept.deliveries.outcomeSize(run.id)).toEqual({
        byteCount: 4,
        isResult: true,
      });
    });
  });

  describe("sending again", () => {
    test.each(STATES)(
      "sending a %s delivery again makes it due from the start",
      async (state) => {
        await using kept = await open();
        const id = await owe(kept, "a.test", 10);
        await recordAttempt(kept.deliveries, id, result(state, 500));
        expect(await kept.deliveries.redeliver(id, 70)).toMatchObject({
          state: "pending",
        });
        expect(await kept.deliveries.find(id)).toMatchObject({
          state: "pending",
          attemptCount: 0,
          nextAttemptAt: 70,
        });
        await recordAttempt(kept.deliveries, id, result("delivered"));
        const numbers = (await kept.deliveries.attempts(id)).map(
          ({ number }) => number,
        );
        expect(numbers).toEqual([1, 2]);
      },
    );

    test.each([
      ["dead", "pending"],
      ["pending", "pending"],
      ["delivered", "delivered"],
      ["refused", "refused"],
    ] as const)(
      "sending a delivery again during an attempt that makes it %s leaves it %s",
      async (made, left) => {
        await using kept = await open();
        const id = await owe(kept, "a.test", 10);
        await recordAttempt(kept.deliveries, id, result("pending", 50));
        const start = { at: 5, attemptCount: 1, nextAttemptAt: 60 };
        const number = await kept.deliveries.beginAttempt(id, start);
        await kept.deliveries.redeliver(id, 70);
        await kept.deliveries.endAttempt(id, number ?? 0, result(made, 500, 1));
        expect(await kept.deliveries.find(id)).toMatchObject({
          state: left,
          attemptCount: 0,
          nextAttemptAt: left === "pending" ? 70 : 500,
        });
        expect(await kept.deliveries.attempts(id)).toHaveLength(2);
      },
    );

    test("sending again what is not owed changes nothing", async () => {
      await using kept = await open();
      expect(
        await kept.deliveries.redeliver("no-such-run", 70),
      ).toBeUndefined();
    });

    test("sending all dead deliveries of a host again leaves every other as it is", async () => {
      await using kept = await open();
      const states = async (host: string) => {
        const ids: string[] = [];
        for (const state of STATES) {
          const id = await owe(kept, host, 10);
          await recordAttempt(kept.deliveries, id, result(state, 500));
          ids.push(id);
        }
        return () =>
          Promise.all(
            ids.map(async (id) => (await kept.deliveries.find(id))?.state),
          );
      };
      const here = await states("a.test");
      const there = await states("b.test");
      expect(await kept.deliveries.redeliverDead("a.test", 70)).toBe(1);
      expect(await here()).toEqual([
        "pending",
        "delivered",
        "refused",
        "pending",
      ]);
      expect(await there()).toEqual(STATES);
      expect(await kept.deliveries.redeliverDead("a.test", 70)).toBe(0);
    });
  });

  describe("the list", () => {
    let kept: Kept;
    const list = async (
      states: readonly DeliveryState[],
      filter: { host?: string; before?: number; limit?: number } = {},
    ) =>
      (await kept.deliveries.list({ states, limit: 100, ...filter })).map(
        ({ numberedId }) => numberedId,
      );

    // 1 to 8: each state in turn, first of a.test, then of b.test.
    beforeAll(async () => {
      kept = await open();
      for (const host of ["a.test", "b.test"])
        for (const state of STATES) {
          const id = await owe(kept, host, 10);
          await recordAttempt(kept.deliveries, id, result(state, 500));
        }
    });
    afterAll(async () => {
      await kept[Symbol.asyncDispose]();
    });

    test("the list has the newest first and only the states that are asked for", async () => {
      expect(await list(STATES)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
      expect(await list(["dead"])).toEqual([8, 4]);
      expect(await list(["pending", "dead", "pending"])).toEqual([8, 5, 4, 1]);
      expect(await list([])).toEqual([]);
    });

    test("the list goes on page by page without a gap or a repeat", async () => {
      expect(await list(STATES, { limit: 3 })).toEqual([8, 7, 6]);
      expect(await list(STATES, { limit: 3, before: 6 })).toEqual([5, 4, 3]);
      expect(await list(STATES, { limit: 3, before: 3 })).toEqual([2, 1]);
    });

    test("the list can be limited to one host", async () => {
      expect(await list(STATES, { host: "b.test" })).toEqual([8, 7, 6, 5]);
      expect(await list(["dead"], { host: "c.test" })).toEqual([]);
    });
  });
});
