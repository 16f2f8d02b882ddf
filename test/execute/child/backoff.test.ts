/** When children may be started again. */
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { Backoff } from "../../../src/execute/child/backoff.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test("each useless child in a row doubles the delay, and a useful one resets it", () => {
  const onOver = jest.fn();
  using backoff = new Backoff(onOver);
  const expectDelay = (ms: number) => {
    backoff.onUseless();
    jest.advanceTimersByTime(ms - 1);
    expect(backoff.isWaiting).toBe(true);
    jest.advanceTimersByTime(1);
    expect(backoff.isWaiting).toBe(false);
  };
  for (const ms of [100, 200, 400]) expectDelay(ms);
  backoff.onUseful();
  expectDelay(100);
  expect(onOver).toHaveBeenCalledTimes(4);
});

test("three failed starts in a row are hopeless until one succeeds", () => {
  using backoff = new Backoff(() => undefined);
  for (const isHopeless of [false, false, true]) {
    backoff.onFailedStart();
    expect(backoff.isHopeless).toBe(isHopeless);
  }
  backoff.onStarted();
  expect(backoff.isHopeless).toBe(false);
  expect(backoff.failedStartCount).toBe(0);
});

test("no child is started after the back-off is closed", () => {
  const backoff = new Backoff(() => undefined);
  backoff[Symbol.dispose]();
  backoff.onUseless();
  expect(backoff.isWaiting).toBe(false);
});
