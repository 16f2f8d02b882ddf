import { expect, test } from "bun:test";
import { ByteBudget } from "../src/byte-budget.ts";

const { signal } = new AbortController();
const open = () => new ByteBudget({ maxBytes: 100, maxBytesPerKey: 50 });

/** Whether a promise has resolved by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  const soon = new Promise<false>((resolve) => {
    setImmediate(resolve, false);
  });
  return (await Promise.race([promise, soon])) !== false;
}

test("a key holds at most its share, and all keys at most the whole", () => {
  const budget = open();
  expect(budget.tryTake("one", 51)).toBeUndefined();
  expect(budget.tryTake("one", 50)).toBeDefined();
  expect(budget.isKeyFull("one", 1)).toBe(true);
  expect(budget.tryTake("one", 1)).toBeUndefined();
  expect(budget.tryTake("two", 50)).toBeDefined();
  expect(budget.isKeyFull("three", 1)).toBe(false);
  expect(budget.tryTake("three", 1)).toBeUndefined();
  expect(budget.heldBytes).toBe(100);
});

test("what is given back can be taken again, and is given back once", () => {
  const budget = open();
  const hold = budget.tryTake("one", 50);
  hold?.[Symbol.dispose]();
  hold?.[Symbol.dispose]();
  expect(budget.heldBytes).toBe(0);
  expect(budget.tryTake("one", 50)).toBeDefined();
});

test("those of one key wait for each other, and the key that holds least comes first", async () => {
  const budget = open();
  const first = await budget.take("one", 50, signal);
  const second = budget.take("one", 30, signal);
  const third = budget.take("one", 1, signal);
  expect(await isDone(second)).toBe(false);
  const other = await budget.take("two", 50, signal);
  const waiting = budget.take("two", 20, signal);
  first[Symbol.dispose]();
  await second;
  await third;
  expect(await isDone(waiting)).toBe(false);
  other[Symbol.dispose]();
  await waiting;
  expect(budget.heldBytes).toBe(51);
});

test("what fits into no share goes alone", async () => {
  const budget = open();
  const small = await budget.take("one", 1, signal);
  const large = budget.take("one", 500, signal);
  expect(await isDone(large)).toBe(false);
  small[Symbol.dispose]();
  const hold = await large;
  expect(await isDone(budget.take("two", 500, signal))).toBe(false);
  hold[Symbol.dispose]();
});

test("a wait ends with the reason of its signal and leaves the queue", async () => {
  const budget = open();
  const hold = await budget.take("one", 50, signal);
  const controller = new AbortController();
  const waiting = budget.take("one", 50, controller.signal);
  const next = budget.take("one", 10, signal);
  controller.abort(new Error("Enough."));
  await expect(waiting).rejects.toThrow("Enough.");
  hold[Symbol.dispose]();
  await next;
  expect(budget.heldBytes).toBe(10);
});
