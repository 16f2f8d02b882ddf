import { describe, expect, test } from "bun:test";
import { Scheduler } from "../../src/queue/scheduler.ts";
import { Capacity, toRetryAfter } from "../../src/queue/capacity.ts";
import { limited } from "./scheduler-model.ts";

describe("the rate at which slots become free", () => {
  test("the rate follows from how long released slots were held and how many are held", () => {
    const capacity = new Capacity(Infinity);
    for (let count = 0; count < 200; count += 1) {
      capacity.take(1000);
      capacity.release(1000, 3000);
    }
    capacity.take(9000);
    capacity.take(9000);
    expect(1 / capacity.ratePerMs(9000)).toBeCloseTo(1000, 0);
  });

  test("the rate follows from the age of the held slots when that is more", () => {
    const capacity = new Capacity(Infinity);
    capacity.take(0);
    capacity.take(20_000);
    expect(1 / capacity.ratePerMs(60_000)).toBeCloseTo(25_000, 0);
  });

  test("the rate is 0 while no slot is held", () => {
    const capacity = new Capacity(Infinity);
    capacity.take(0.1);
    capacity.release(0.1, 0.3);
    expect(capacity.ratePerMs(1)).toBe(0);
  });
});

test.each([
  [0, 1],
  [1, 1],
  [1 / 1500, 2],
  [1 / 60_000, 60],
  [1e-9, 3600],
])(
  "at a rate of %p slots in a millisecond, retry-after is %p",
  (ratePerMs, s) => {
    expect(toRetryAfter(ratePerMs)).toBe(s);
  },
);

function retryAfter(reserve: () => unknown): number | undefined {
  try {
    reserve();
  } catch (error) {
    return (error as { retryAfterSeconds?: number }).retryAfterSeconds;
  }
  throw new Error("It was not refused.");
}

describe("the advice to a refused caller", () => {
  const slow = limited("stage/slow", { concurrency: 2, queue: 0 });
  const any = limited("stage/any");

  test("a refused caller comes back when a run of the action will have ended if the action is full", () => {
    let now = 0;
    const scheduler = new Scheduler(
      { running: 10, queued: 10 },
      { now: () => now },
    );
    scheduler.reserve(slow, "");
    scheduler.reserve(slow, "");
    now = 30_000;
    scheduler.reserve(any, "");
    expect(retryAfter(() => scheduler.reserve(slow, ""))).toBe(15);
  });

  test("a refused caller comes back when any run will have ended if the server is full", () => {
    let now = 0;
    const scheduler = new Scheduler(
      { running: 2, queued: 0 },
      { now: () => now },
    );
    scheduler.reserve(any, "");
    scheduler.reserve(any, "");
    now = 9000;
    expect(retryAfter(() => scheduler.reserve(any, ""))).toBe(5);
    expect(retryAfter(() => scheduler.reserve(slow, ""))).toBe(5);
  });
});
