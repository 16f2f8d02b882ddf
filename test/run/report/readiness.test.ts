/** Whether new runs are accepted, and why not. */
import { describe, expect, test } from "bun:test";
import { ServerError } from "../../../src/errors.ts";
import { LoopDelay } from "../../../src/process/loop-delay.ts";
import {
  CHECKS,
  lookAtReadiness,
  type ReadinessParts,
} from "../../../src/run/report/readiness.ts";

const FULL = new ServerError("store_unavailable", "The disk is full.");
const WELL: ReadinessParts = {
  acceptor: { isClosed: false },
  scheduler: { queuedCount: 1 },
  runner: { lingering: [] },
  maxRunning: 1,
  maxQueued: 2,
  disk: { trouble: undefined },
  storeTrouble: () => undefined,
  delayMs: () => 999,
};

test("a server with which nothing is wrong is ready", () => {
  const { troubles, refusal } = lookAtReadiness(WELL);
  expect(refusal).toBeUndefined();
  expect(Object.keys(troubles).toSorted()).toEqual([...CHECKS].toSorted());
  expect(Object.values(troubles).filter(Boolean)).toEqual([]);
});

test("a server without a queue is ready", () => {
  const parts = { ...WELL, maxQueued: 0, scheduler: { queuedCount: 0 } };
  expect(lookAtReadiness(parts).refusal).toBeUndefined();
});

const lingering = [{}];

describe.each([
  [
    "shutdown",
    { acceptor: { isClosed: true } },
    "shutting_down",
    "shutting down",
  ],
  [
    "store",
    { storeTrouble: () => "disk I/O error" },
    "store_unavailable",
    "disk I/O error.",
  ],
  ["disk", { disk: { trouble: FULL } }, "store_unavailable", "full"],
  [
    "queue",
    { scheduler: { queuedCount: 2 } },
    "overloaded",
    "2 runs are queued",
  ],
  ["lingering", { runner: { lingering } }, "overloaded", "1 run is lingering"],
  ["event_loop", { delayMs: () => 1500 }, "overloaded", "1.5 s"],
] as const)("%s", (name, wrong, code, part) => {
  test("alone keeps new runs away and says why", () => {
    const { troubles, refusal } = lookAtReadiness({ ...WELL, ...wrong });
    expect(refusal?.code).toBe(code);
    expect(refusal?.message).toContain(part);
    expect(refusal?.retryAfterSeconds ?? 1).toBeGreaterThan(0);
    const wrongs = Object.entries(troubles).filter(([, trouble]) => trouble);
    expect(wrongs.map(([check]) => check)).toEqual([name]);
  });
});

test("the delay of the event loop is the longest of the last five seconds, or that since the last beat", () => {
  let now = 0;
  const delay = new LoopDelay(200, () => now);
  const beatAt = (at: number) => {
    now = at;
    delay.beat();
  };
  expect(delay.recentMs).toBe(0);
  beatAt(1000);
  beatAt(1200);
  expect(delay.recentMs).toBe(0);
  beatAt(2900);
  expect(delay.recentMs).toBe(1500);
  beatAt(3200);
  expect(delay.recentMs).toBe(1500);
  now = 5400;
  expect(delay.recentMs).toBe(2000);
  beatAt(8000);
  expect(delay.recentMs).toBe(4600);
  for (let at = 8200; at <= 13_200; at += 200) beatAt(at);
  expect(delay.recentMs).toBe(0);
});
