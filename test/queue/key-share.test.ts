import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { KeyShare } from "../../src/queue/key-share.ts";
import type { QueueEntry } from "../../src/queue/owner-lane.ts";
import { Scheduler } from "../../src/queue/scheduler.ts";
import { limited } from "./scheduler-model.ts";

const any = limited("stage/any");
const WITH_OTHERS = { share: new KeyShare(0.75, () => 2) };

/** Reserves until a run is not started or not taken. @returns how many were */
function fill(scheduler: Scheduler, owner: string, what = any) {
  let startedCount = 0;
  let queuedCount = 0;
  try {
    for (;;)
      if (scheduler.reserve(what, "", { owner }).isHeld) startedCount += 1;
      else queuedCount += 1;
  } catch (error) {
    return { startedCount, queuedCount, error };
  }
}

describe("one key", () => {
  test("a key that is alone may have every slot and every place in the queue", () => {
    const share = new KeyShare(0.75, () => 0);
    const scheduler = new Scheduler({ running: 8, queued: 4 }, { share });
    expect(fill(scheduler, "a")).toMatchObject({
      startedCount: 8,
      queuedCount: 4,
      error: { code: "overloaded" },
    });
  });

  test("a key that is not alone leaves slots and places to others, and hears that it has its share", () => {
    const scheduler = new Scheduler({ running: 8, queued: 4 }, WITH_OTHERS);
    expect(fill(scheduler, "a")).toMatchObject({
      startedCount: 6,
      queuedCount: 3,
      error: {
        code: "too_many_runs",
        message:
          "This API key has used up its share of the slots and of the queue, and the rest is reserved for other keys: 6 are running and 3 are queued.",
      },
    });
    expect(() => {
      scheduler.refuseEarly(any, "a");
    }).toThrow("its share");
    scheduler.refuseEarly(any, "b");
    expect(scheduler.reserve(any, "", { owner: "b" }).isHeld).toBeTrue();
  });

  test("a key leaves child processes to others as well", () => {
    const isolated = limited("stage/isolated", { isolation: "process" });
    const scheduler = new Scheduler(
      { running: 100, queued: 100, children: 4 },
      WITH_OTHERS,
    );
    const held = Array.from({ length: 5 }, () =>
      scheduler.reserve(isolated, "", { owner: "a" }),
    ).filter(({ isHeld }) => isHeld);
    expect(held).toHaveLength(3);
    expect(scheduler.reserve(isolated, "", { owner: "b" }).isHeld).toBeTrue();
  });

  test("a key leaves places in the queue of an action to others", () => {
    const narrow = limited("stage/narrow", { concurrency: 1, queue: 4 });
    const scheduler = new Scheduler({ running: 9, queued: 100 }, WITH_OTHERS);
    expect(fill(scheduler, "a", narrow)).toMatchObject({
      startedCount: 1,
      queuedCount: 3,
    });
    expect(scheduler.reserve(narrow, "", { owner: "b" }).isHeld).toBeFalse();
  });

  test.each([1, 2, 3])(
    "of %p slots a key that is not alone gets at least one",
    (running) => {
      const scheduler = new Scheduler({ running, queued: 0 }, WITH_OTHERS);
      const { startedCount } = fill(scheduler, "a");
      expect(startedCount).toBe(Math.max(1, running - 1));
    },
  );
});

test.each([
  [2, 64],
  [11, 6],
  [64, 1],
])(
  "each of %p keys finds %p of 256 slots or more, although those before it took what they could",
  (keyCount, leastCount) => {
    const share = new KeyShare(0.75, () => keyCount - 1);
    const scheduler = new Scheduler({ running: 256, queued: 1e6 }, { share });
    const counts = Array.from({ length: keyCount }, (_, index) => {
      const owner = String(index);
      const entries = Array.from({ length: 300 }, () =>
        scheduler.reserve(any, "", { owner }),
      );
      return entries.filter(({ isHeld }) => isHeld).length;
    });
    expect(Math.min(...counts)).toBe(leastCount);
    expect(counts[0]).toBeGreaterThanOrEqual(192);
  },
);

test("slots that become free go to the key that has fewest, whatever number of actions and concurrency keys another uses", () => {
  const scheduler = new Scheduler({ running: 8, queued: 10_000 }, WITH_OTHERS);
  const flood: QueueEntry[] = [];
  for (let index = 0; index < 100; index += 1)
    for (const key of ["x", "y", "z"])
      flood.push(
        scheduler.reserve(limited(`flood/${index}`), key, { owner: "a" }),
      );
  const others = Array.from({ length: 6 }, () =>
    scheduler.reserve(any, "", { owner: "b" }),
  );
  const isHeld = (entry: QueueEntry) => entry.isHeld;
  // Another slot is kept for a third key.
  expect(others.filter(isHeld)).toHaveLength(1);
  for (const entry of flood.filter(isHeld).slice(0, 3)) entry[Symbol.dispose]();
  // The first two of the three went to the key that had fewest, until both had as many.
  expect(others.filter(isHeld)).toHaveLength(3);
  expect(flood.filter(isHeld)).toHaveLength(4);
});

/** A run of one of three keys comes, or the one with this number ends. */
const step = fc.oneof(
  fc.record({
    owner: fc.constantFrom("a", "b", "c"),
    action: fc.nat(1),
    key: fc.constantFrom("", "x"),
  }),
  fc.record({ end: fc.nat(30) }),
);

test("no slot is free that a queued run may use, nobody exceeds its share, and nothing is left at the end", () => {
  const actions = [
    limited("model/0", { concurrency: 2, concurrencyKey: () => "" }),
    limited("model/1"),
  ];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(step, { maxLength: 60, size: "max" }),
      (running, steps) => {
        const scheduler = new Scheduler({ running, queued: 1000 }, WITH_OTHERS);
        const runs = new Map<QueueEntry, string>();
        const held = (isMeant: (entry: QueueEntry) => boolean) =>
          [...runs.keys()].filter((entry) => entry.isHeld && isMeant(entry))
            .length;
        for (const each of steps) {
          if ("end" in each) {
            const entries = [...runs.keys()];
            const entry = entries[each.end % entries.length];
            entry?.[Symbol.dispose]();
            if (entry !== undefined) runs.delete(entry);
          } else {
            const { owner, action, key } = each;
            const what = actions[action] as (typeof actions)[number];
            const concurrencyKey = action === 0 ? key : "";
            const entry = scheduler.reserve(what, concurrencyKey, { owner });
            runs.set(entry, owner);
          }
          const all = held(() => true);
          expect(all).toBeLessThanOrEqual(running);
          const counts = ["a", "b", "c"].map((owner) =>
            held((entry) => runs.get(entry) === owner),
          );
          for (const [entry, owner] of runs) {
            if (entry.isHeld || all === running) continue;
            const isLaneFull =
              entry.lane.action.address === "model/0" &&
              held(({ lane }) => lane === entry.lane) === 2;
            const own = counts["abc".indexOf(owner)] as number;
            // One slot is kept for others that have none: a quarter of them is no more.
            const isKept =
              running - all === 1 &&
              own > 0 &&
              counts.filter((count) => count === 0).length > 0;
            expect(isLaneFull || isKept).toBeTrue();
          }
        }
        for (const entry of runs.keys()) entry[Symbol.dispose]();
        expect(scheduler).toMatchObject({ runningCount: 0, queuedCount: 0 });
      },
    ),
    { numRuns: 300 },
  );
});
