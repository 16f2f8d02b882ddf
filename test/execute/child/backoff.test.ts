/** When children may be started again. */
import { expect, test } from "bun:test";
import { Backoff } from "../../../src/execute/child/backoff.ts";

function openBackoff() {
  let over = Promise.withResolvers<void>();
  const backoff = new Backoff(() => {
    over.resolve();
  });
  /** @returns how long it takes until a child may be started again */
  const delayAfter = async (what: () => void) => {
    over = Promise.withResolvers();
    const since = performance.now();
    what();
    expect(backoff.isWaiting).toBe(true);
    await over.promise;
    expect(backoff.isWaiting).toBe(false);
    return performance.now() - since;
  };
  return { backoff, delayAfter };
}

test("each useless child in a row doubles the delay, and a useful one resets it", async () => {
  const { backoff, delayAfter } = openBackoff();
  using _ = backoff;
  const useless = () => {
    backoff.onUseless();
  };
  for (const least of [100, 200, 400])
    expect(await delayAfter(useless)).toBeGreaterThanOrEqual(least - 1);
  backoff.onUseful();
  // The next delay would have been 800.
  expect(await delayAfter(useless)).toBeLessThan(700);
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
