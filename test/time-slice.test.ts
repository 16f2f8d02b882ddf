import { expect, test } from "bun:test";
import { pause } from "../src/time-slice.ts";

const STEP_MS = 2;

test("however many do long work at once, other things have their turns in between, and all of it gets done in order", async () => {
  const done: number[] = [];
  let others = 0;
  const timer = setInterval(() => {
    others += 1;
  }, 1);
  const work = async (index: number) => {
    await pause();
    const end = performance.now() + STEP_MS;
    while (performance.now() < end);
    done.push(index);
  };
  await Promise.all(Array.from({ length: 30 }, (_, index) => work(index)));
  clearInterval(timer);
  expect(done).toEqual(Array.from({ length: 30 }, (_, index) => index));
  expect(others).toBeGreaterThanOrEqual(5);
});
