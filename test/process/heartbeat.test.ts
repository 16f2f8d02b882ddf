import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  type CellName,
  Heartbeat,
  HeartbeatReader,
} from "../../src/process/heartbeat.ts";

function openHeartbeat() {
  const heartbeat = new Heartbeat();
  const reader = new HeartbeatReader(heartbeat.memory);
  const names: CellName[] = [];
  heartbeat.onName((name) => {
    names.push(name);
    reader.learn(name);
  });
  return { heartbeat, reader, names };
}

test("each turn of the event loop changes the heartbeat", () => {
  const { heartbeat, reader } = openHeartbeat();
  const { beat } = reader.look();
  heartbeat.beat();
  expect(reader.look().beat).not.toBe(beat);
});

test("an action counts as called until it returns and as running until it ends", () => {
  const { heartbeat, reader } = openHeartbeat();
  const cell = heartbeat.enter("shop/order");
  expect(reader.look()).toMatchObject({
    called: "shop/order",
    runs: { "shop/order": 1 },
  });
  heartbeat.returned();
  expect(reader.look()).toMatchObject({
    called: undefined,
    runs: { "shop/order": 1 },
  });
  heartbeat.leave(cell);
  expect(reader.look()).toMatchObject({ called: undefined, runs: {} });
});

test("an action that throws no longer counts as called", () => {
  const { heartbeat, reader } = openHeartbeat();
  heartbeat.leave(heartbeat.enter("shop/order"));
  expect(reader.look()).toMatchObject({ called: undefined, runs: {} });
});

test("names are told once, and again to a listener that comes late", () => {
  const { heartbeat, names } = openHeartbeat();
  heartbeat.enter("a/b");
  heartbeat.enter("c/d");
  heartbeat.enter("a/b");
  expect(names.map(({ address }) => address)).toEqual(["a/b", "c/d"]);
  const late: CellName[] = [];
  heartbeat.onName((name) => late.push(name));
  expect(late).toEqual(names);
});

test("the actions that have not ended are counted whatever the order of starts and ends", () => {
  const step = fc.record({
    address: fc.constantFrom("a/a", "b/b", "c/c"),
    begins: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { heartbeat, reader } = openHeartbeat();
      const begun = new Map<string, number[]>();
      for (const { address, begins } of steps) {
        const cells = begun.get(address) ?? [];
        begun.set(address, cells);
        if (begins) cells.push(heartbeat.enter(address));
        else if (cells.length > 0) heartbeat.leave(cells.pop() as number);
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

test("actions beyond the first thousands are counted together as others", () => {
  const { heartbeat, reader, names } = openHeartbeat();
  for (let index = 0; index < 4096; index += 1)
    heartbeat.leave(heartbeat.enter(`many/${index}`));
  heartbeat.enter("one/more");
  heartbeat.enter("and/another");
  expect(names).toHaveLength(4096);
  expect(reader.look().runs).toEqual({ others: 2 });
});
