import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import fc from "fast-check";
import type { Lane } from "../../src/callback/lane.ts";
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

/** A receiver of the key "key", unless it is named with another: "other key/host". */
function at(name: string) {
  const [host = "", owner = "key"] = name.split("/").toReversed();
  return { owner, host };
}

/** Begins an attempt for the receiver whose turn it is, and says which. */
function begin(lanes: Lanes, id: string): string | undefined {
  const lane = lanes.next();
  if (lane === undefined) return undefined;
  lanes.take(lane);
  lanes.begin(lane, id);
  return lane.owner === "key" ? lane.host : `${lane.owner}/${lane.host}`;
}

/** Begins as many attempts as there are places for. */
function beginAll(lanes: Lanes): string[] {
  const begun: string[] = [];
  for (;;) {
    const host = begin(lanes, `${begun.length} ${Math.random()}`);
    if (host === undefined) return begun;
    begun.push(host);
  }
}

const many = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => `${name}${index}`);

test("receivers that have answered take turns while their key has few attempts under way", () => {
  const { lanes } = openLanes();
  for (const host of ["a", "b"]) {
    lanes.remember(at(host));
    lanes.wake(at(host), 0);
  }
  expect(beginAll(lanes)).toEqual(
    Array.from({ length: 12 }, () => ["a", "b"]).flat(),
  );
});

test("a receiver that has not answered yet has one attempt at a time", () => {
  const { lanes } = openLanes();
  lanes.wake(at("new"), 0);
  expect(beginAll(lanes)).toEqual(["new"]);
});

test("receivers that have not answered yet leave some places to those that have", () => {
  const { lanes } = openLanes();
  lanes.remember(at("answers"));
  for (const host of many(100, "new")) lanes.wake(at(host), 0);
  expect(beginAll(lanes)).toHaveLength(40);
  lanes.wake(at("answers"), 0);
  // Another one would be more than its first place.
  expect(beginAll(lanes)).toEqual(["answers"]);
});

test("a new receiver comes before those that have failed", () => {
  const { lanes } = openLanes();
  lanes.wake(at("fails"), 0);
  const failing = lanes.next() as Lane;
  lanes.take(failing);
  lanes.begin(failing, "1");
  lanes.end(failing, "1", false);
  jest.advanceTimersByTime(1000);
  lanes.wake(at("fails"), 0);
  lanes.wake(at("new"), 0);
  expect(beginAll(lanes)).toEqual(["new", "fails"]);
});

test("no key gets more than its share, and every other one has places left", () => {
  const { lanes } = openLanes();
  for (const key of ["one", "two", "three"])
    for (const host of many(100, "host")) {
      lanes.remember(at(`${key}/${host}`));
      lanes.wake(at(`${key}/${host}`), 0);
    }
  const begun = beginAll(lanes);
  expect(begun).toHaveLength(128);
  const ofOne = begun.filter((name) => name.startsWith("one/"));
  expect(ofOne.length).toBeLessThanOrEqual(48);
  for (const host of many(9, "late")) lanes.wake(at(`four/${host}`), 0);
  expect(beginAll(lanes)).toEqual(many(4, "four/late"));
});

test("an attempt that takes more than a second gives its place to the next one", () => {
  const { lanes, onReady } = openLanes();
  for (const host of many(240, "hangs")) lanes.wake(at(host), 0);
  expect(beginAll(lanes)).toHaveLength(40);
  lanes.wake(at("good"), 0);
  jest.advanceTimersByTime(999);
  expect(beginAll(lanes)).toEqual([]);
  const begun: string[] = [];
  for (let second = 0; second < 6; second += 1) {
    jest.advanceTimersByTime(1000);
    begun.push(...beginAll(lanes));
  }
  expect(onReady).toHaveBeenCalled();
  expect(begun).toContain("good");
});

test("one host has sixteen attempts at most, whatever its ports", () => {
  const { lanes } = openLanes();
  for (const host of many(40, "host:8")) lanes.wake(at(host), 0);
  const lane = lanes.next() as Lane;
  lanes.take(lane);
  lanes.begin(lane, "1");
  expect(beginAll(lanes)).toHaveLength(15);
  lanes.end(lane, "1", true);
  expect(beginAll(lanes)).toHaveLength(1);
});

test("the last thousand receivers of a key that have answered are remembered", () => {
  const { lanes } = openLanes();
  for (const host of many(1001, "host")) lanes.remember(at(host));
  for (const host of many(40, "new")) lanes.wake(at(host), 0);
  beginAll(lanes);
  lanes.wake(at("host0"), 0);
  expect(lanes.next()).toBeUndefined();
  lanes.wake(at("host1"), 0);
  expect(lanes.next()?.host).toBe("host1");
});

test("a host that is woken keeps its turn", () => {
  const { lanes } = openLanes();
  lanes.wake(at("a"), 0);
  lanes.wake(at("b"), 0);
  lanes.wake(at("a"), 0);
  expect(lanes.next()?.host).toBe("a");
});

describe("waiting for the next moment", () => {
  test("a wait is not made longer by a delivery that is due later", () => {
    const { lanes } = openLanes();
    lanes.wake(at("a"), 2000);
    lanes.wake(at("a"), 3000);
    jest.advanceTimersByTime(1000);
    expect(lanes.next()?.host).toBe("a");
  });

  test("one timer for all hosts ends the wait at the earliest moment", () => {
    const { lanes, onReady } = openLanes();
    lanes.wake(at("late"), 3000);
    lanes.wake(at("early"), 2000);
    lanes.wake(at("latest"), 9000);
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

  test("no timer but that of an attempt runs while nothing is owed or a host waits for a place", () => {
    const { lanes } = openLanes();
    lanes.wake(at("full"), 0);
    begin(lanes, "1");
    lanes.wake(at("full"), 0);
    lanes.wake(at("paid"), 0);
    const paid = lanes.next();
    if (paid === undefined) throw new Error("It should be ready.");
    lanes.take(paid);
    lanes.giveBack(paid, Infinity);
    expect(lanes.next()).toBeUndefined();
    expect(jest.getTimerCount()).toBe(1);
  });
});

describe("hosts that fail", () => {
  /** Lets one host fail so often, one attempt after the other. */
  function fail(lanes: Lanes, count: number) {
    lanes.wake(at("a"), 0);
    for (let made = 0; made < count; made += 1) {
      jest.advanceTimersByTime(1000);
      const lane = lanes.next();
      if (lane === undefined) throw new Error("It should be ready.");
      lanes.take(lane);
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
    lanes.wake(at("a"), 0);
    jest.advanceTimersByTime(ms - 1);
    expect(lanes.next()).toBeUndefined();
    jest.advanceTimersByTime(1);
    expect(lanes.next()?.host).toBe("a");
  });

  test("a host that fails delays no other", () => {
    const { lanes } = openLanes();
    fail(lanes, 1);
    lanes.wake(at("b"), 0);
    expect(lanes.next()?.host).toBe("b");
  });

  test("a host that fails gets one attempt at a time until one succeeds", () => {
    const { lanes } = openLanes();
    fail(lanes, 1);
    jest.advanceTimersByTime(1000);
    const lane = lanes.next();
    if (lane === undefined) throw new Error("It should be ready.");
    lanes.take(lane);
    lanes.begin(lane, "1");
    expect(lanes.next()).toBeUndefined();
    lanes.end(lane, "1", true);
    const order = Array.from({ length: 17 }, (_, id) => begin(lanes, `${id}`));
    expect(order).toEqual([
      ...Array.from({ length: 16 }, () => "a"),
      undefined,
    ]);
  });
});

test("no timer is left after the end", () => {
  const { lanes } = openLanes();
  lanes.wake(at("waits"), 5000);
  lanes.wake(at("rests"), 0);
  const lane = lanes.next();
  if (lane !== undefined) lanes.rest(lane, 5000);
  expect(jest.getTimerCount()).toBe(2);
  lanes[Symbol.dispose]();
  expect(jest.getTimerCount()).toBe(0);
});

test("no host ever has more than sixteen attempts and no host that is ready is forgotten", () => {
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
        if (kind === "wake") lanes.wake(at(name), Date.now() + ms);
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
          expect(count).toBeLessThanOrEqual(16);
        }
      }
      for (const { lane, id } of begun) lanes.end(lane, id, true);
      for (const each of ["a", "b", "c"]) lanes.remember(at(each));
      for (const each of ["a", "b", "c"]) lanes.wake(at(each), Date.now());
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
  lanes.wake(at("later"), 5000);
  lanes.wake(at("fails"), 0);
  const lane = lanes.next() as Lane;
  lanes.take(lane);
  lanes.begin(lane, "1");
  lanes.end(lane, "1", false);
  expect(jest.getTimerCount()).toBe(2);
  lanes[Symbol.dispose]();
  expect(jest.getTimerCount()).toBe(0);
});
