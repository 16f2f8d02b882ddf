import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ServerError } from "../../src/errors.ts";
import { Limit, type Place } from "../../src/run/limit.ts";

describe("a place", () => {
  test("is a slot while there are any, then a turn in the queue, then refused", () => {
    const limit = new Limit({ running: 1, queued: 1 });
    expect(limit.reserve().turn).toBeUndefined();
    expect(limit.reserve().turn).toBeInstanceOf(Promise);
    let thrown: unknown;
    try {
      limit.reserve();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ServerError);
    expect(thrown).toMatchObject({ code: "overloaded", retryAfterSeconds: 1 });
  });

  test("in the queue is never refused to a run that was accepted earlier", () => {
    const limit = new Limit({ running: 1, queued: 0 });
    limit.reserve();
    expect(limit.enqueue().turn).toBeInstanceOf(Promise);
  });

  test("is given back once, however often it is disposed of", () => {
    const limit = new Limit({ running: 2, queued: 0 });
    const place = limit.reserve();
    limit.reserve();
    place[Symbol.dispose]();
    place[Symbol.dispose]();
    expect(limit.runningCount).toBe(1);
  });

  test("is not given out any more once the limit is closed", async () => {
    const limit = new Limit({ running: 1, queued: 1 });
    const first = limit.reserve();
    const second = limit.reserve();
    limit.close();
    first[Symbol.dispose]();
    const turn = await Promise.race([
      second.turn?.then(() => "given"),
      new Promise((resolve) => setImmediate(resolve, "not given")),
    ]);
    expect(turn).toBe("not given");
    expect(limit).toMatchObject({ runningCount: 0, queuedCount: 1 });
  });
});

test("first come, first served: never more than the limit, none forgotten, none out of order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.oneof(fc.constant("come"), fc.nat({ max: 5 })), {
        maxLength: 40,
      }),
      async (running, steps) => {
        const limit = new Limit({ running, queued: 1000 });
        const places: Place[] = [];
        const left = new Set<number>();
        const started: number[] = [];
        for (const step of steps) {
          if (step === "come") {
            const number = places.length;
            const place = limit.reserve();
            places.push(place);
            if (place.turn === undefined) started.push(number);
            else void place.turn.then(() => started.push(number));
          } else {
            const place = places[step];
            if (place === undefined) continue;
            left.add(step);
            place[Symbol.dispose]();
          }
          await Promise.resolve();
          expect(limit.runningCount).toBeLessThanOrEqual(running);
        }
        await Promise.resolve();
        expect(started).toEqual(started.toSorted((a, b) => a - b));
        const waiting = places
          .keys()
          .filter((number) => !left.has(number) && !started.includes(number));
        expect(limit.queuedCount).toBe([...waiting].length);
        expect(limit.queuedCount === 0 || limit.runningCount === running).toBe(
          true,
        );
      },
    ),
  );
});
