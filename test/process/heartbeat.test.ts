import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Name, Pulse, PulseReader } from "../../src/process/heartbeat.ts";

function open() {
  const pulse = new Pulse();
  const reader = new PulseReader(pulse.memory);
  const names: Name[] = [];
  pulse.onName((name) => {
    names.push(name);
    reader.learn(name);
  });
  return { pulse, reader, names };
}

test("each turn of the event loop shows as another number", () => {
  const { pulse, reader } = open();
  const { beat } = reader.look();
  pulse.beat();
  expect(reader.look().beat).not.toBe(beat);
});

test("an action is in its call until it returns, and in its code until it ends", () => {
  const { pulse, reader } = open();
  const cell = pulse.enter("shop/order");
  expect(reader.look()).toMatchObject({
    called: "shop/order",
    runs: { "shop/order": 1 },
  });
  pulse.returned();
  expect(reader.look()).toMatchObject({
    called: undefined,
    runs: { "shop/order": 1 },
  });
  pulse.leave(cell);
  expect(reader.look()).toMatchObject({ called: undefined, runs: {} });
});

test("a call that throws is left, too", () => {
  const { pulse, reader } = open();
  pulse.leave(pulse.enter("shop/order"));
  expect(reader.look()).toMatchObject({ called: undefined, runs: {} });
});

test("names are told once, and to who comes late", () => {
  const { pulse, names } = open();
  pulse.enter("a/b");
  pulse.enter("c/d");
  pulse.enter("a/b");
  expect(names.map(({ address }) => address)).toEqual(["a/b", "c/d"]);
  const late: Name[] = [];
  pulse.onName((name) => late.push(name));
  expect(late).toEqual(names);
});

test("whatever begins and ends in whatever order, what has not ended is counted", () => {
  const step = fc.record({
    address: fc.constantFrom("a/a", "b/b", "c/c"),
    begins: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { pulse, reader } = open();
      const begun = new Map<string, number[]>();
      for (const { address, begins } of steps) {
        const cells = begun.get(address) ?? [];
        begun.set(address, cells);
        if (begins) cells.push(pulse.enter(address));
        else if (cells.length > 0) pulse.leave(cells.pop() as number);
      }
      const counts = [...begun].map(([address, { length }]) => [
        address,
        length,
      ]);
      expect(reader.look().runs).toEqual(
        Object.fromEntries(counts.filter(([, count]) => count !== 0)),
      );
    }),
  );
});

test("what comes after thousands of actions is counted as others", () => {
  const { pulse, reader, names } = open();
  for (let index = 0; index < 4096; index += 1)
    pulse.leave(pulse.enter(`many/${index}`));
  pulse.enter("one/more");
  pulse.enter("and/another");
  expect(names).toHaveLength(4096);
  expect(reader.look().runs).toEqual({ others: 2 });
});
