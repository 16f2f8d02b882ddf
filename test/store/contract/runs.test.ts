import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Outcome } from "../../../src/run/run.ts";
import type { Finish, RunStore } from "../../../src/run/store.ts";
import { makeRun } from "../sqlite/temporary-store.ts";
import { describeStores } from "./adapters.ts";

describeStores((open) => {
  const passed: Outcome = { status: "passed", result: "1" };
  const cancelled: Outcome = {
    status: "cancelled",
    error: { kind: "run_cancelled", code: "run_cancelled", message: "…" },
  };
  const time = { at: 2000, runMs: 5 };

  /** Two changes in one transaction, in two, and with the insertion in the same one as both. */
  const TIMINGS = ["together", "apart", "with the insertion"] as const;

  /** Only a store that several processes share says whether the caller was detached. */
  function toldOf({ isFirst, owedTo }: Finish): Finish {
    return owedTo === undefined ? { isFirst } : { isFirst, owedTo };
  }

  async function both<First, Second>(
    timing: (typeof TIMINGS)[number],
    change: {
      insert: () => Promise<unknown>;
      first: () => Promise<First>;
      second: () => Promise<Second>;
    },
  ): Promise<[First, Second]> {
    const inserted = change.insert();
    if (timing !== "with the insertion") await inserted;
    const first = change.first();
    if (timing === "apart") await first;
    const second = change.second();
    await inserted;
    return [await first, await second];
  }

  describe.each(TIMINGS)("two changes of a run %s", (timing) => {
    test("a finish before a detach gives the caller the outcome and owes no callback", async () => {
      await using kept = await open();
      const run = makeRun();
      const [finish, isDetached] = await both(timing, {
        insert: async () => {
          await kept.runs.insert(run);
        },
        first: () => kept.runs.finish(run, { outcome: passed, ...time }),
        second: () => kept.runs.detach(run.id),
      });
      expect({ finish: toldOf(finish), isDetached }).toEqual({
        finish: { isFirst: true },
        isDetached: false,
      });
      expect(await kept.runs.find(run.id)).toMatchObject({
        status: "passed",
        result: "1",
        detached: false,
        finishedAt: 2000,
        runMs: 5,
      });
      expect(await kept.deliveries.find(run.id)).toBeUndefined();
    });

    test("a detach before a finish tells the caller async-return and owes the callback", async () => {
      await using kept = await open();
      const run = makeRun();
      const [isDetached, finish] = await both(timing, {
        insert: async () => {
          await kept.runs.insert(run);
        },
        first: () => kept.runs.detach(run.id),
        second: () => kept.runs.finish(run, { outcome: passed, ...time }),
      });
      expect({ finish: toldOf(finish), isDetached }).toEqual({
        finish: { isFirst: true, owedTo: "127.0.0.1:9" },
        isDetached: true,
      });
      expect(await kept.deliveries.find(run.id)).toMatchObject({
        url: run.callbackUrl,
        state: "pending",
        attemptCount: 0,
        nextAttemptAt: 2000,
      });
    });

    test("the first outcome wins", async () => {
      await using kept = await open();
      const run = makeRun({ detached: true });
      const [first, second] = await both(timing, {
        insert: async () => {
          await kept.runs.insert(run);
        },
        first: () => kept.runs.finish(run, { outcome: cancelled, ...time }),
        second: () =>
          kept.runs.finish(run, { outcome: passed, at: 3000, runMs: 9 }),
      });
      expect(first.isFirst).toBe(true);
      expect(second).toEqual({ isFirst: false });
      expect(await kept.runs.find(run.id)).toMatchObject({
        status: "cancelled",
        result: null,
        finishedAt: 2000,
        runMs: 5,
        error: { code: "run_cancelled" },
      });
    });

    test("a run that finished does not start", async () => {
      await using kept = await open();
      const run = makeRun({ startedAt: null });
      const [, isStarted] = await both(timing, {
        insert: async () => {
          await kept.runs.insert(run);
        },
        first: () =>
          kept.runs.finish(run, { outcome: cancelled, at: 2000, runMs: null }),
        second: () => kept.runs.start(run.id, 1500, 1),
      });
      expect(isStarted).toBe(false);
      expect(await kept.runs.find(run.id)).toMatchObject({
        status: "cancelled",
        startedAt: null,
      });
    });

    test("a connection that breaks before the end leaves the outcome to the callback", async () => {
      await using kept = await open();
      const run = makeRun();
      const [abandoned, finish] = await both(timing, {
        insert: async () => {
          await kept.runs.insert(run);
        },
        first: () => kept.runs.detachUnheard(run.id),
        second: () => kept.runs.finish(run, { outcome: passed, ...time }),
      });
      expect(abandoned).toEqual({});
      expect(toldOf(finish)).toEqual({ isFirst: true, owedTo: "127.0.0.1:9" });
    });

    test("a connection that breaks after the end makes the recorded outcome owed", async () => {
      await using kept = await open();
      const run = makeRun();
      const [finish, abandoned] = await both(timing, {
        insert: async () => {
          await kept.runs.insert(run);
        },
        first: () => kept.runs.finish(run, { outcome: passed, ...time }),
        second: () => kept.runs.detachUnheard(run.id),
      });
      expect(toldOf(finish)).toEqual({ isFirst: true });
      expect(abandoned).toEqual({ owedTo: "127.0.0.1:9" });
      expect(await kept.runs.detachUnheard(run.id)).toEqual({});
    });
  });

  test("a run without a callback URL never owes a callback", async () => {
    await using kept = await open();
    const run = makeRun({ callbackUrl: null, detached: true });
    await kept.runs.insert(run);
    expect(
      toldOf(await kept.runs.finish(run, { outcome: passed, ...time })),
    ).toEqual({
      isFirst: true,
    });
    expect(await kept.runs.detachUnheard(run.id)).toEqual({});
    expect(await kept.deliveries.find(run.id)).toBeUndefined();
  });

  test("the outcome has exactly one channel, whatever the order of changes and transactions", async () => {
    await using kept = await open();
    const step = fc.record({
      change: fc.constantFrom("detach", "abandon", "pass", "cancel"),
      isAwaited: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.boolean(),
        fc.array(step, { maxLength: 8 }),
        async (detached, isInsertAwaited, steps) => {
          const run = makeRun({ detached });
          const changes: Promise<void>[] = [];
          const told: string[] = [];
          const finishes: boolean[] = [];
          const hear = async (change: (typeof steps)[number]["change"]) => {
            const result: unknown = await apply(kept.runs, run, change);
            if (change === "detach" && result === true)
              told.push("async-return");
            if (change === "abandon") told.push("nothing");
            if (change === "pass" || change === "cancel")
              finishes.push((result as Finish).isFirst);
          };
          const inserted = kept.runs.insert(run);
          if (isInsertAwaited) await inserted;
          for (const { change, isAwaited } of [
            ...steps,
            { change: "pass", isAwaited: true } as const,
          ]) {
            const changed = hear(change);
            changes.push(changed);
            if (isAwaited) await changed;
          }
          await Promise.all([inserted, ...changes]);

          expect(finishes.filter(Boolean)).toHaveLength(1);
          expect(finishes[0]).toBe(true);
          const isOwed = (await kept.deliveries.find(run.id)) !== undefined;
          // Whoever was not told "async-return", and whose connection holds, is told the outcome itself.
          expect(isOwed).toBe(detached || told.length > 0);
          expect((await kept.runs.find(run.id))?.detached).toBe(isOwed);
        },
      ),
      { numRuns: 100 },
    );
  });

  function apply(
    runs: RunStore,
    run: ReturnType<typeof makeRun>,
    change: "detach" | "abandon" | "pass" | "cancel",
  ) {
    if (change === "detach") return runs.detach(run.id);
    if (change === "abandon") return runs.detachUnheard(run.id);
    const outcome = change === "pass" ? passed : cancelled;
    return runs.finish(run, { outcome, ...time });
  }

  describe.each(TIMINGS)("changes of a run that are made %s", (timing) => {
    test("a run that is postponed and resumed is found as it was left", async () => {
      await using kept = await open();
      const run = makeRun();
      const changes = await both(timing, {
        insert: () => kept.runs.insert(run),
        first: () => kept.runs.postpone(run.id, 5000),
        second: () => kept.runs.resume(run.id, 2),
      });
      expect(changes).toEqual([true, true]);
      expect(await kept.runs.find(run.id)).toMatchObject({
        attempt: 2,
        nextAttemptAt: null,
      });
    });

    test("a run cannot be deleted before it has finished", async () => {
      await using kept = await open();
      const run = makeRun({ callbackUrl: null });
      const [isDeleted] = await both(timing, {
        insert: () => kept.runs.insert(run),
        first: () => kept.runs.delete(run.id),
        second: () => kept.runs.finish(run, { outcome: passed, ...time }),
      });
      expect(isDeleted).toBe(false);
      expect(await kept.runs.delete(run.id)).toBe(true);
      expect(await kept.runs.find(run.id)).toBeUndefined();
      expect(await kept.runs.delete(run.id)).toBe(false);
    });

    test("the outcome of a run that repeats another one is not recorded", async () => {
      await using kept = await open();
      const earlier = makeRun({ idempotencyKey: "k" });
      await kept.runs.insert(earlier);
      const run = makeRun({ idempotencyKey: "k" });
      const [first, second] = await both(timing, {
        insert: () => kept.runs.insert(run),
        first: () => kept.runs.finish(run, { outcome: passed, ...time }),
        second: () => kept.runs.finish(run, { outcome: cancelled, ...time }),
      });
      expect([first, second]).toEqual([{ isFirst: false }, { isFirst: false }]);
      expect((await kept.runs.find(earlier.id))?.status).toBe("running");
    });
  });

  test("a run that is inserted with its outcome is found with every member, and its callback is owed", async () => {
    await using kept = await open();
    const run = makeRun({
      detached: true,
      input: '{"text":"\\u0000 ü"}',
      requestId: "r",
      traceparent: "00-1-2-01",
      tracestate: "a=b",
      startTimeoutMs: 1.5,
      runTimeoutMs: 2.5,
      owner: "key",
      idempotencyKey: "k",
      fingerprint: "f",
    });
    await kept.runs.insert(run, { outcome: cancelled, ...time });
    expect(await kept.runs.find(run.id)).toMatchObject({
      ...run,
      status: "cancelled",
      error: { code: "run_cancelled" },
      result: null,
      finishedAt: 2000,
      runMs: 5,
      attempt: 1,
    });
    expect((await kept.deliveries.find(run.id))?.state).toBe("pending");
  });

  test("no numbered_id is given twice, not even after the newest run was deleted", async () => {
    await using kept = await open();
    const [first, second] = [makeRun(), makeRun()];
    await kept.runs.insert(first);
    await kept.deleteRuns();
    await kept.runs.insert(second);
    expect((await kept.runs.find(second.id))?.numberedId).toBe(2);
  });

  test("a page ends where its runs have too many bytes, and has at least one run", async () => {
    await using kept = await open();
    const sizes = [100, 30, 20, 10];
    for (const size of sizes) {
      const run = makeRun({ input: `"${"x".repeat(size - 6)}"` });
      await kept.runs.insert(run);
      await kept.runs.finish(run, {
        outcome: { status: "passed", result: "1234" },
        ...time,
      });
    }
    const fitting = async (maxBytes: number, limit = 10, before = 5) => {
      const page = await kept.runs.list({ limit, before, maxBytes });
      return [page.runs.length, page.hasMore];
    };
    expect(await fitting(1000)).toEqual([4, false]);
    expect(await fitting(1000, 3)).toEqual([3, true]);
    const counts = [160, 159, 60, 59, 30, 29].map((bytes) => fitting(bytes));
    expect((await Promise.all(counts)).map(([count]) => count)).toEqual([
      4, 3, 3, 2, 2, 1,
    ]);
    expect(await fitting(1)).toEqual([1, true]);
    expect(await fitting(50, 10, 4)).toEqual([2, true]);
    expect(await fitting(1000, 10, 1)).toEqual([0, false]);
  });

  test("the list is newest first with every filter", async () => {
    await using kept = await open();
    const many = [
      makeRun({ requestId: "a" }),
      makeRun({ action: "echo", requestId: "a" }),
      makeRun({ package: "other", startedAt: null }),
    ];
    await Promise.all(many.map((run) => kept.runs.insert(run)));
    await kept.runs.finish(many[0]!, { outcome: cancelled, ...time });
    const list = async (filter: Partial<Parameters<RunStore["list"]>[0]>) =>
      (await kept.runs.list({ limit: 10, ...filter })).runs.map(
        (run) => run.numberedId,
      );
    expect(await list({})).toEqual([3, 2, 1]);
    expect(await list({ limit: 2 })).toEqual([3, 2]);
    expect(await list({ before: 3 })).toEqual([2, 1]);
    expect(await list({ statuses: ["queued", "cancelled"] })).toEqual([3, 1]);
    expect(await list({ package: "probe" })).toEqual([2, 1]);
    expect(await list({ action: "echo" })).toEqual([2]);
    expect(await list({ requestId: "a", statuses: ["running"] })).toEqual([2]);
    expect(await kept.runs.findByRequestId("a")).toBe(many[0]!.id);
    expect(await kept.runs.findByRequestId("b")).toBeUndefined();
    expect(await kept.runs.findByRequestId("")).toBeUndefined();
  });
});
