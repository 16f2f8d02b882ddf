/** How long the order of events is kept for those who may come back. */
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { EventFeed } from "../../../src/http/events/event-feed.ts";
import type { EventStore } from "../../../src/run/kept-log/event-store.ts";

const MINUTES = 60_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function openFeed() {
  const said: string[] = [];
  const store: EventStore = {
    async keep() {
      said.push("keep");
      return 1;
    },
    async forget() {
      said.push("forget");
    },
    findAfter: async (after) => ({ last: after, writes: [] }),
    onWrite: () => ({ [Symbol.dispose]: () => {} }),
  };
  const feed = new EventFeed(store, (error) => {
    throw error;
  });
  const listen = () =>
    feed.listen(
      () => {},
      () => {},
    );
  return { feed, said, listen };
}

test("the order is kept while somebody follows, and ten minutes longer", async () => {
  const { said, listen } = openFeed();
  const first = await listen();
  jest.advanceTimersByTime(60 * MINUTES);
  // Another one comes before it leaves.
  const coming = listen();
  first[Symbol.dispose]();
  const second = await coming;
  jest.advanceTimersByTime(60 * MINUTES);
  expect(said).not.toContain("forget");
  second[Symbol.dispose]();
  jest.advanceTimersByTime(9 * MINUTES);
  expect(said).not.toContain("forget");
  jest.advanceTimersByTime(2 * MINUTES);
  expect(said.at(-1)).toBe("forget");
});

test("what an earlier process has left on is turned off when nobody comes, but not by a server that has ended", async () => {
  const { feed, said } = openFeed();
  jest.advanceTimersByTime(11 * MINUTES);
  expect(said).toEqual(["forget"]);
  const other = openFeed();
  const listening = await other.listen();
  jest.useRealTimers();
  await other.feed[Symbol.asyncDispose]();
  await feed[Symbol.asyncDispose]();
  jest.useFakeTimers();
  listening[Symbol.dispose]();
  jest.advanceTimersByTime(11 * MINUTES);
  expect(other.said).not.toContain("forget");
});
