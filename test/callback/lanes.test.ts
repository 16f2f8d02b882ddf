import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import fc from "fast-check";
import { Lanes } from "../../src/callback/lanes.ts";

beforeEach(() => {
  jest.useFakeTimers({ now: 1000 });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Lanes on the clock of the test, and how often they said that one is ready. */
function openLanes() {
  const onReady = jest.fn();
  return { lanes: new Lanes({ now: Date.now, onReady }), onReady };
}

/** Begins an attempt for the host whose turn it is, and says which. */
function begin(lanes: Lanes, id: string): string | undefined {
  const lane = lanes.next();
  if (lane === undefined) return undefined;
  lanes.take(lane);
  lanes.begin(lane, id);
  return lane.host;
}

test("hosts take turns with up to four attempts each", () => {
  const { lanes } = openLanes();
  lanes.wake("a", 0);
  lanes.wake("b", 0);
  const order = Array.from({ length: 9 }, (_, id) => begin(lanes, `${id}`));
  expect(order).toEqual(["a", "b", "a", "b", "a", "b", "a", "b", undefined]);
});

/** Lets a host answer one attempt; nothing else is due. */
function prove(lanes: Lanes, host: string): void {
  lanes.wake(host, 0);
  const lane = lanes.next();
  if (lane === undefined) throw new Error("It should be ready.");
  lanes.take(lane);
  lanes.begin(lane, "first");
  lanes.end(lane, "first", true);
  lanes.take(lane);
  lanes.giveBack(lane, Infinity);
}

test("hosts that have not answered yet leave some places to those that have", () => {
  const { lanes } = openLanes();
  prove(lanes, "answers");
  const hosts = Array.from({ length: 100 }, (_, index) => `new${index}`);
  for (const host of hosts) lanes.wake(host, 0);
  const begun = hosts.map((_, index) => begin(lanes, `${index}`));
  expect(begun.filter((host) => host !== undefined)).toHaveLength(48);
  lanes.wake("answers", 0);
  expect(begin(lanes, "second")).toBe("answers");
  // Another one would be more than its first place.
  expect(begin(lanes, "third")).toBeUndefined();
});

test("there are sixty-four places, and every host gets one before any gets a second", () => {
  const { lanes } = openLanes();
  const hosts = Array.from({ length: 70 }, (_, index) => `host${index}`);
  for (const host of hosts) prove(lanes, host);
  for (const host of hosts) lanes.wake(host, 0);
  const begun = hosts.map((_, index) => begin(lanes, `${index}`));
  expect(new Set(begun.slice(0, 64)).size).toBe(64);
  expect(begun.slice(64)).toEqual(Array(6).fill(undefined));
});

test("the last thousand hosts that have answered are remembered", () => {
  const { lanes } = openLanes();
  const hosts = Array.from({ length: 1001 }, (_, index) => `host${index}`);
  for (const host of hosts) prove(lanes, host);
  for (let index = 0; index < 48; index += 1) {
    lanes.wake(`new${index}`, 0);
    begin(lanes, `${index}`);
  }
  lanes.wake("host0", 0);
  expect(lanes.next()).toBeUndefined();
  lanes.wake("host1", 0);
  expect(lanes.next()?.host).toBe("host1");
});

test("a host that is woken keeps its turn", () => {
  const { lanes } = openLanes();
  lanes.wake("a", 0);
  lanes.wake("b", 0);
  lanes.wake("a", 0);
  expect(lanes.next()?.host).toBe("a");
});

describe("waiting for the next moment", () => {
  test("a wait is not made longer by a delivery that is due later", () => {
    const { lanes } = openLanes();
    lanes.wake("a", 2000);
    lanes.wake("a", 3000);
    jest.advanceTimersByTime(1000);
    expect(lanes.next()?.host).toBe("a");
  });

  test("one timer for all hosts ends the wait at the earliest moment", () => {
    const { lanes, onReady } = openLanes();
    lanes.wake("late", 3000);
    lanes.wake("early", 2000);
    lanes.wake("latest", 9000);
    expect(jest.getTimerCount()).toBe(1);
    expect(lanes.next()).toBeUndefined();
    jest.advanceTimersByTime(1000);
    expect(onReady).toHaveBeenCalledTimes(1);
    expect(lanes.next()?.host).toBe("early");
    jest.advanceTimersByTime(1000);
    expect(onReady).toHaveBeenCalledTimes(2);
    expect(begin(lanes, "1")).toBe("early");
    expect(begin(lanes, "2")).toBe("late");
  });

  test("no timer runs while nothing is owed or a host waits for a place", () => {
    const { lanes } = openLanes();
    lanes.wake("full", 0);
    for (const id of "1234") begin(lanes, id);
    lanes.wake("full", 0);
    lanes.wake("paid", 0);
    const paid = lanes.next();
    if (paid === undefined) throw new Error("It should be ready.");
    lanes.take(paid);
    lanes.giveBack(paid, Infinity);
    expect(lanes.next()).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe("hosts that fail", () => {
  /** Lets one host fail so often, one attempt after the other. */
  function fail(lanes: Lanes, count: number) {
    lanes.wake("a", 0);
    for (let made = 0; made < count; made += 1) {
      jest.advanceTimersByTime(1000);
      const lane = lanes.next();
      if (lane === undefined) throw new Error("It should be ready.");
      lanes.begin(lane, "1");
      lanes.end(lane, "1", false);
    }
  }

  test.each([
    [1, 5],
    [2, 10],
    [3, 20],
    [6, 100],
    [2000, 100],
  ])("a host that fails %d times in a row rests for %d ms", (count, ms) => {
    const { lanes } = openLanes();
    fail(lanes, count);
    lanes.wake("a", 0);
    jest.advanceTimersByTime(ms - 1);
    expect(lanes.next()).toBeUndefined();
    jest.advanceTimersByTime(1);
    expect(lanes.next()?.host).toBe("a");
  });

  test("a host that fails delays no other", () => {
    const { lanes } = openLanes();
    fail(lanes, 1);
    lanes.wake("b", 0);
    expect(lanes.next()?.host).toBe("b");
  });

  test("a host that fails four times in a row gets one attempt at a time until one succeeds", () => {
    const { lanes } = openLanes();
    fail(lanes, 4);
    jest.advanceTimersByTime(1000);
    const lane = lanes.next();
    if (lane === undefined) throw new Error("It should be ready.");
    lanes.begin(lane, "1");
    expect(lanes.next()).toBeUndefined();
    lanes.end(lane, "1", true);
    const order = Array.from({ length: 5 }, (_, id) => begin(lanes, `${id}`));
    expect(order).toEqual(["a", "a", "a", "a", undefined]);
  });
});

test("no timer is left after the end", () => {
  const { lanes } = openLanes();
  lanes.wake("waits", 5000);
  lanes.wake("rests", 0);
  const lane = lanes.next();
  if (lane !== undefined) lanes.rest(lane, 5000);
  expect(jest.getTimerCount()).toBe(2);
  lanes[Symbol.dispose]();
  expect(jest.getTimerCount()).toBe(0);
});

test("no host ever has more than four attempts and no host that is ready is forgotten", () => {
  const host = fc.constantFrom("a", "b", "c");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("wake"), host, ms: fc.nat({ max: 300 }) }),
    fc.record({
      kind: fc.constantFrom("begin", "wait"),
      host,
      ms: fc.nat(300),
    }),
    fc.record({
      kind: fc.constantFrom("succeed", "fail"),
      host,
      ms: fc.nat(9),
    }),
    fc.record({ kind: fc.constant("pass"), host, ms: fc.nat({ max: 300 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { lanes } = openLanes();
      const begun: {
        lane: NonNullable<ReturnType<Lanes["next"]>>;
        id: string;
      }[] = [];
      for (const [index, { kind, host: name, ms }] of steps.entries()) {
        const lane = lanes.next();
        if (kind === "wake") lanes.wake(name, Date.now() + ms);
        if (kind === "wait" && lane) {
          lanes.take(lane);
          lanes.giveBack(lane, Date.now() + ms + 1);
        }
        if (kind === "pass") jest.advanceTimersByTime(ms);
        if (kind === "begin" && lane) {
          lanes.take(lane);
          lanes.begin(lane, `${index}`);
          begun.push({ lane, id: `${index}` });
        }
        const ending = begun.findIndex((one) => one.lane.host === name);
        const [ended] =
          (kind === "succeed" || kind === "fail") && ending >= 0
            ? begun.splice(ending, 1)
            : [];
        if (ended) lanes.end(ended.lane, ended.id, kind === "succeed");
        for (const each of ["a", "b", "c"]) {
          const count = begun.filter((one) => one.lane.host === each).length;
          expect(count).toBeLessThanOrEqual(4);
        }
      }
      for (const { lane, id } of begun) lanes.end(lane, id, true);
      for (const each of ["a", "b", "c"]) lanes.wake(each, Date.now());
      jest.advanceTimersByTime(1000);
      const ready = new Set(
        Array.from({ length: 12 }, (_, id) => begin(lanes, `last${id}`)),
      );
      expect(ready).toEqual(new Set(["a", "b", "c"]));
      lanes[Symbol.dispose]();
    }),
  );
});

test("disposing of the lanes leaves no timer of what will be due, nor of a receiver that rests", () => {
  const { lanes } = openLanes();
  lanes.wake("later", 5000);
  lanes.wake("fails", 0);
  begin(lanes, "1");
  lanes.end(lanes.next()!, "1", false);
  expect(jest.getTimerCount()).toBe(2);
  lanes[Symbol.dispose]();
  expect(jest.getTimerCount()).toBe(0);
});
