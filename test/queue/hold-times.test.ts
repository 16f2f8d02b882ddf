import { describe, expect, test } from "bun:test";
import { Scheduler } from "../../src/queue/scheduler.ts";
import { overloaded } from "../../src/queue/overload.ts";
import { HoldTimes } from "../../src/queue/hold-times.ts";
import { limited } from "./scheduler-model.ts";

describe("slots become free", () => {
  test("at the rate at which those that ended did, times those that are held", () => {
    const holdTimes = new HoldTimes();
    for (let count = 0; count < 200; count += 1) {
      holdTimes.begin(1000);
      holdTimes.end(1000, 3000);
    }
    holdTimes.begin(9000);
    holdTimes.begin(9000);
    expect(1 / holdTimes.ratePerMs(9000)).toBeCloseTo(1000, 0);
  });

  test("not sooner than those that are held are old already", () => {
    const holdTimes = new HoldTimes();
    holdTimes.begin(0);
    holdTimes.begin(20_000);
    expect(1 / holdTimes.ratePerMs(60_000)).toBeCloseTo(25_000, 0);
  });

  test("at no rate that is known while none is held", () => {
    const holdTimes = new HoldTimes();
    holdTimes.begin(0.1);
    holdTimes.end(0.1, 0.3);
    expect(holdTimes.ratePerMs(1)).toBe(0);
  });
});

test.each([
  [0, 1],
  [1, 1],
  [1 / 1500, 2],
  [1 / 60_000, 60],
  [1e-9, 3600],
])(
  "at %p places in a millisecond one comes back after %p s",
  (ratePerMs, s) => {
    const state = { runningCount: 1, queuedCount: 1, ratePerMs };
    expect(overloaded("runs", state).retryAfterSeconds).toBe(s);
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

describe("who is refused comes back", () => {
  const slow = limited("stage/slow", { concurrency: 2, queue: 0 });
  const any = limited("stage/any");

  test("when one of the action's own runs will have ended, where these stand in its way", () => {
    let now = 0;
    const limit = new Scheduler({ running: 10, queued: 10 }, () => now);
    limit.reserve(slow, "");
    limit.reserve(slow, "");
    now = 30_000;
    limit.reserve(any, "");
    expect(retryAfter(() => limit.reserve(slow, ""))).toBe(15);
  });

  test("when any run will have ended, where the server is full", () => {
    let now = 0;
    const limit = new Scheduler({ running: 2, queued: 0 }, () => now);
    limit.reserve(any, "");
    limit.reserve(any, "");
    now = 9000;
    expect(retryAfter(() => limit.reserve(any, ""))).toBe(5);
    expect(retryAfter(() => limit.reserve(slow, ""))).toBe(5);
  });
});
