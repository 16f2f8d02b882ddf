import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ServerError } from "../../src/errors.ts";
import { Scheduler } from "../../src/queue/scheduler.ts";
import { processorMs } from "../processor-time.ts";
import { SchedulerModel, limited, type Step } from "./scheduler-model.ts";

const any = limited("stage/any");

function refusalOf(reserve: () => unknown): unknown {
  try {
    return reserve();
  } catch (error) {
    expect(error).toBeInstanceOf(ServerError);
    return error;
  }
}

describe("actions that are loaded again", () => {
  const one = (more: Parameters<typeof limited>[1]) =>
    limited("stage/one", more);

  test("a raised concurrency starts what is queued", () => {
    const scheduler = new Scheduler({ running: 5, queued: 5 });
    const [, second, third] = ["a", "a", "a"].map((key) =>
      scheduler.reserve(one({ concurrency: 1 }), key),
    );
    scheduler.follow([one({ concurrency: 2 })]);
    expect([second?.isHeld, third?.isHeld]).toEqual([true, false]);
    expect(scheduler).toMatchObject({ runningCount: 2, queuedCount: 1 });
  });

  test("a lowered concurrency counts the runs that have started", () => {
    const scheduler = new Scheduler({ running: 5, queued: 5 });
    const running = [1, 2].map(() => scheduler.reserve(one({}), ""));
    scheduler.follow([one({ concurrency: 1 })]);
    const queued = scheduler.reserve(one({ concurrency: 1 }), "");
    running[0]?.[Symbol.dispose]();
    expect(queued.isHeld).toBeFalse();
    running[1]?.[Symbol.dispose]();
    expect(queued.isHeld).toBeTrue();
  });

  test("the new limit of the queue applies at once", () => {
    const scheduler = new Scheduler({ running: 1, queued: 5 });
    scheduler.reserve(one({ queue: 5 }), "");
    scheduler.follow([one({ queue: 0 })]);
    expect(
      refusalOf(() => scheduler.reserve(one({ queue: 0 }), "")),
    ).toMatchObject({ code: "overloaded" });
  });

  test("nothing is remembered of an action that is gone and has no run", () => {
    const scheduler = new Scheduler({ running: 5, queued: 5 });
    scheduler.reserve(one({ concurrency: 5 }), "")[Symbol.dispose]();
    scheduler.follow([]);
    const again = [1, 2].map(() =>
      scheduler.reserve(one({ concurrency: 1 }), ""),
    );
    expect(again.map(({ isHeld }) => isHeld)).toEqual([true, false]);
  });

  test("the runs of an action that is gone keep their places", () => {
    const scheduler = new Scheduler({ running: 5, queued: 5 });
    const [first, second] = [1, 2].map(() =>
      scheduler.reserve(one({ concurrency: 1 }), ""),
    );
    scheduler.follow([]);
    expect(scheduler.reserve(one({ concurrency: 1 }), "").isHeld).toBeFalse();
    first?.[Symbol.dispose]();
    expect(second?.isHeld).toBeTrue();
    expect(scheduler).toMatchObject({ runningCount: 1, queuedCount: 1 });
  });

  test("runs give back what they took when the isolation of their action changes", () => {
    const scheduler = new Scheduler({ running: 5, queued: 5, children: 1 });
    const isolated = one({ isolation: "process" });
    const before = scheduler.reserve(isolated, "");
    const waiting = scheduler.reserve(isolated, "");
    scheduler.follow([one({})]);
    expect(scheduler.reserve(one({}), "").isHeld).toBeTrue();
    before[Symbol.dispose]();
    expect(waiting.isHeld).toBeTrue();
    waiting[Symbol.dispose]();
    scheduler.follow([isolated]);
    expect(scheduler.reserve(isolated, "").isHeld).toBeTrue();
    expect(scheduler).toMatchObject({ runningCount: 2, queuedCount: 0 });
  });
});

describe("entries", () => {
  test("an entry gets a slot, then a turn in the queue, then a refusal", () => {
    const scheduler = new Scheduler({ running: 1, queued: 1 });
    expect(scheduler.reserve(any, "").turn).toBeUndefined();
    expect(scheduler.reserve(any, "").turn).toBeInstanceOf(Promise);
    expect(refusalOf(() => scheduler.reserve(any, ""))).toMatchObject({
      code: "overloaded",
      message:
        "This server accepts no more runs now: 1 is running and 1 is queued.",
      retryAfterSeconds: 1,
    });
  });

  test("a run that was accepted earlier is never refused a turn in the queue", () => {
    const scheduler = new Scheduler({ running: 1, queued: 0 });
    scheduler.reserve(any, "");
    expect(scheduler.enqueue(any, "").turn).toBeInstanceOf(Promise);
  });

  test("an isolated run that waits for a child takes no slot from the others meanwhile", () => {
    const isolated = limited("stage/isolated", { isolation: "process" });
    const other = limited("stage/other", { isolation: "process" });
    const scheduler = new Scheduler({ running: 3, queued: 10, children: 1 });
    const first = scheduler.reserve(isolated, "");
    expect(first.turn).toBeUndefined();
    const waiting = [isolated, other].map((each) =>
      scheduler.reserve(each, ""),
    );
    expect(scheduler).toMatchObject({ runningCount: 1, queuedCount: 2 });
    expect(scheduler.reserve(any, "").turn).toBeUndefined();
    expect(scheduler.reserve(any, "").turn).toBeUndefined();
    first[Symbol.dispose]();
    expect(waiting.filter(({ isHeld }) => isHeld)).toHaveLength(1);
  });

  test("a slot is given back once however often its entry is disposed of", () => {
    const scheduler = new Scheduler({ running: 2, queued: 0 });
    const place = scheduler.reserve(any, "");
    scheduler.reserve(any, "");
    place[Symbol.dispose]();
    place[Symbol.dispose]();
    expect(scheduler.runningCount).toBe(1);
  });

  test("no slot is given out after the scheduler is closed", () => {
    const scheduler = new Scheduler({ running: 1, queued: 1 });
    const first = scheduler.reserve(any, "");
    const second = scheduler.reserve(any, "");
    scheduler.close();
    first[Symbol.dispose]();
    expect(second.isHeld).toBe(false);
    expect(scheduler).toMatchObject({ runningCount: 0, queuedCount: 1 });
  });

  test("an entry that rests counts as queued and leaves its slot to another", async () => {
    const scheduler = new Scheduler({ running: 1, queued: 1 });
    const first = scheduler.reserve(any, "");
    const second = scheduler.reserve(any, "");
    first.rest();
    await second.turn;
    expect(scheduler).toMatchObject({ runningCount: 1, queuedCount: 1 });
    first.rejoin();
    expect(first.isHeld).toBe(false);
    second[Symbol.dispose]();
    await first.turn;
    expect(first.isHeld).toBe(true);
  });
});

describe("actions", () => {
  test("an action has no more runs at once than its concurrency, and others use the rest", () => {
    const scheduler = new Scheduler({ running: 3, queued: 10 });
    const narrow = limited("stage/narrow", { concurrency: 1 });
    expect(scheduler.reserve(narrow, "").isHeld).toBe(true);
    expect(scheduler.reserve(narrow, "").isHeld).toBe(false);
    expect(scheduler.reserve(any, "").isHeld).toBe(true);
  });

  test("an action is refused more runs than its queue takes, and the refusal names it", () => {
    const scheduler = new Scheduler({ running: 9, queued: 9 });
    const small = limited("stage/small", { concurrency: 2, queue: 1 });
    for (let count = 0; count < 3; count += 1) scheduler.reserve(small, "");
    const refused = {
      code: "overloaded",
      message:
        "The action stage/small accepts no more runs now: 2 are running and 1 is queued.",
    };
    expect(refusalOf(() => scheduler.reserve(small, ""))).toMatchObject(
      refused,
    );
    expect(refusalOf(() => scheduler.refuseEarly(small))).toMatchObject(
      refused,
    );
    expect(scheduler.reserve(any, "").isHeld).toBe(true);
  });

  test("an action with keys may have as many runs at once for each key", () => {
    const scheduler = new Scheduler({ running: 9, queued: 9 });
    const keyed = limited("stage/keyed", {
      concurrency: 1,
      concurrencyKey: () => "",
      queue: 1,
    });
    expect(scheduler.reserve(keyed, "a").isHeld).toBe(true);
    expect(scheduler.reserve(keyed, "a").isHeld).toBe(false);
    expect(refusalOf(() => scheduler.reserve(keyed, "a"))).toMatchObject({
      code: "overloaded",
    });
    // Another key may have room: that cannot be refused early.
    scheduler.refuseEarly(keyed);
    expect(scheduler.reserve(keyed, "b").isHeld).toBe(true);
  });

  test("an action may always queue one run, however many another action has queued", async () => {
    const scheduler = new Scheduler({ running: 1, queued: 2 });
    const flood = limited("stage/flood");
    const first = scheduler.reserve(flood, "");
    scheduler.reserve(flood, "");
    scheduler.reserve(flood, "");
    expect(refusalOf(() => scheduler.refuseEarly(flood))).toMatchObject({
      code: "overloaded",
    });
    scheduler.refuseEarly(any);
    const other = scheduler.reserve(any, "");
    expect(refusalOf(() => scheduler.reserve(any, ""))).toMatchObject({
      code: "overloaded",
    });
    const second = scheduler.reserve.bind(scheduler, any, "");
    first[Symbol.dispose]();
    expect(other.isHeld).toBe(false);
    expect(refusalOf(second)).toMatchObject({ code: "overloaded" });
  });
});

test("a lack of child processes keeps only isolated runs waiting, as queued, without a slot of the server", async () => {
  const scheduler = new Scheduler({ running: 2, queued: 10, children: 1 });
  const isolation = "process";
  const [a, b] = [
    limited("child/a", { isolation }),
    limited("child/b", { isolation }),
  ];
  const first = scheduler.reserve(a, "");
  const waiting = scheduler.reserve(b, "");
  expect([first.isHeld, waiting.isHeld]).toEqual([true, false]);
  const other = scheduler.reserve(any, "");
  expect(other.isHeld).toBe(true);
  other[Symbol.dispose]();
  expect(waiting.isHeld).toBe(false);
  first[Symbol.dispose]();
  await waiting.turn;
  expect(waiting.isHeld).toBe(true);
});

test("a server with no queue refuses runs of every action once its slots are taken", () => {
  const scheduler = new Scheduler({ running: 1, queued: 0 });
  scheduler.reserve(any, "");
  expect(
    refusalOf(() => scheduler.reserve(limited("stage/b"), "")),
  ).toMatchObject({
    code: "overloaded",
  });
});

test("the runs of two actions take turns even if one has many more", () => {
  const scheduler = new Scheduler({ running: 1, queued: 100_000 });
  const running = scheduler.reserve(any, "");
  const flood = Array.from({ length: 1000 }, () => scheduler.reserve(any, ""));
  const other = limited("stage/other");
  const [first, second] = [
    scheduler.reserve(other, ""),
    scheduler.reserve(other, ""),
  ];
  running[Symbol.dispose]();
  flood[0]?.[Symbol.dispose]();
  expect(first.isHeld).toBe(true);
  first[Symbol.dispose]();
  expect(flood[1]?.isHeld).toBe(true);
  flood[1]?.[Symbol.dispose]();
  expect(second.isHeld).toBe(true);
});

const number = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      come: fc.nat({ max: 2 }),
      key: fc.constantFrom("", "a", "b"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ end: number }) },
  { weight: 1, arbitrary: fc.record({ giveUp: number }) },
  { weight: 1, arbitrary: fc.record({ rest: number }) },
  { weight: 1, arbitrary: fc.record({ rejoin: number }) },
);

test("the scheduler agrees with its model on limits, order and turns, and nothing is left at the end", () => {
  fc.assert(
    fc.property(
      fc.record({
        running: fc.integer({ min: 1, max: 4 }),
        children: fc.integer({ min: 1, max: 4 }),
        concurrency: fc.array(fc.integer({ min: 1, max: 3 }), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
      fc.array(step, { maxLength: 60, size: "max" }),
      (numbers, steps) => {
        const model = new SchedulerModel(numbers);
        for (const each of steps) model.take(each);
        model.end();
      },
    ),
    { numRuns: 200 },
  );
});

/** Queues runs of as many keys, and serves them. @returns milliseconds for each, and what holds their lanes weakly */
function serveKeys(count: number) {
  const scheduler = new Scheduler({ running: 1, queued: 1_000_000 });
  const keyed = limited("stage/keyed", {
    concurrency: 1,
    concurrencyKey: () => "",
  });
  const entries = Array.from({ length: count }, (_, index) =>
    scheduler.reserve(keyed, String(index)),
  );
  const lanes = entries.map(({ lane }) => new WeakRef(lane));
  const since = processorMs();
  for (const entry of entries) {
    expect(entry.isHeld).toBe(true);
    entry[Symbol.dispose]();
  }
  const ms = (processorMs() - since) / count;
  expect(scheduler).toMatchObject({ runningCount: 0, queuedCount: 0 });
  return { ms, lanes };
}

test("a hundred thousand keys in the queue are served as quickly as a few and are gone afterwards", async () => {
  const few = Array.from({ length: 20 }, () => serveKeys(1000).ms);
  const { ms, lanes } = serveKeys(100_000);
  // With a queue whose head takes long to find it is 70 times as long.
  expect(ms).toBeLessThan(20 * Math.min(...few));
  // A weak reference keeps what it refers to until the turn that made it has ended.
  await Bun.sleep(0);
  Bun.gc(true);
  const left = lanes.filter((lane) => lane.deref() !== undefined);
  expect(left.length).toBeLessThan(1000);
});
