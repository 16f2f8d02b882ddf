import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { sayStall } from "../../src/process/say-stall.ts";
import { StallDetector } from "../../src/process/stall.ts";
import { silentLog } from "../silent-log.ts";

const LIMIT_MS = 1000;
const LOOK_MS = 100;

/** Looks at each of these moments: what was said, and when. */
function watch(looks: readonly { beat: number; now: number }[]) {
  const stallDetector = new StallDetector(LIMIT_MS, LOOK_MS);
  return looks.flatMap(({ beat, now }) => {
    const change = stallDetector.look(beat, now);
    return change === undefined ? [] : [{ now, ...change }];
  });
}

/** A look each 100 ms, at a loop that beats but for this time. */
function standing(fromMs: number, toMs: number, endMs: number) {
  return Array.from({ length: endMs / LOOK_MS }, (_, index) => {
    const now = index * LOOK_MS;
    const isStalled = now > fromMs && now < toMs;
    return { beat: isStalled ? -1 : index, now };
  });
}

test("a stall is reported once and at once, and so is its end", () => {
  expect(watch(standing(500, 2600, 5000))).toEqual([
    { now: 1600, isStalled: true, ms: 1000 },
    { now: 2600, isStalled: false, ms: 1900 },
  ]);
});

test("a stall that never ends is reported once", () => {
  expect(watch(standing(500, Infinity, 100_000))).toEqual([
    { now: 1600, isStalled: true, ms: 1000 },
  ]);
});

test("a short stall is not reported", () => {
  expect(watch(standing(500, 1500, 5000))).toEqual([]);
});

test("time in which the watchdog itself did not look is not reported as a stall", () => {
  const before = standing(Infinity, Infinity, 1000);
  const after = { beat: before.length - 1, now: 3_600_000 };
  const later = { beat: 99, now: 3_600_100 };
  expect(watch([...before, after, later])).toEqual([]);
});

test("a loop that turns between every two looks is never reported, however late the looks are", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000)), (gaps) => {
      let now = 0;
      const looks = gaps.map((gap, beat) => ({ beat, now: (now += gap) }));
      expect(watch(looks)).toEqual([]);
    }),
  );
});

test("the beginning and the end of stalls are reported in turn", () => {
  const look = fc.record({ turns: fc.boolean(), gap: fc.nat(300) });
  fc.assert(
    fc.property(fc.array(look, { maxLength: 200 }), (looks) => {
      let [beat, now] = [0, 0];
      const said = watch(
        looks.map(({ turns, gap }) => ({
          beat: (beat += Number(turns)),
          now: (now += gap),
        })),
      );
      for (const [index, { isStalled, ms }] of said.entries()) {
        expect(isStalled).toBe(index % 2 === 0);
        expect(ms).toBeGreaterThanOrEqual(LIMIT_MS);
      }
    }),
  );
});

describe("the log says", () => {
  const say = (
    isStalled: boolean,
    called: string | undefined,
    runs: object,
  ) => {
    const said: unknown[] = [];
    const sight = { beat: 1, isStarted: true, called, runs: { ...runs } };
    sayStall({ isStalled, ms: 1234.5 }, sight, {
      ...silentLog,
      warn: (...line) => said.push(...line),
    });
    return said;
  };

  test.each([
    [
      "which action holds it",
      "a/a",
      { "a/a": 2, "b/b": 1 },
      /a\/a was called and has not returned\. .+isolation: "process"/,
    ],
    [
      "which action alone may hold it",
      undefined,
      { "a/a": 1 },
      /a\/a is the only action .+isolation/,
    ],
    [
      "that several may hold it",
      undefined,
      { "a/a": 1, "b/b": 1 },
      /One of the 2 actions .+isolation/,
    ],
    [
      "that it is none of them",
      undefined,
      {},
      /No action is running in this process\.$/,
    ],
  ] as const)("the log says %s", (_, called, runs, suspicion) => {
    expect(say(true, called, runs)).toEqual([
      expect.stringMatching(
        /^The event loop, and with it the whole server, has been stalled for 1\.2 s\. /,
      ),
      {
        stalled_ms: 1235,
        running: runs,
        ...(called === undefined ? {} : { action_id: called }),
      },
    ]);
    expect(say(true, called, runs)[0]).toMatch(suspicion);
  });

  test("the log says how long the stall lasted", () => {
    expect(say(false, undefined, {})).toEqual([
      "The event loop is running again after a stall of 1.2 s.",
      { stalled_ms: 1235 },
    ]);
  });

  test("the log names at most ten actions so that its line stays whole", () => {
    const runs = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`a/${index}`, 1]),
    );
    const [, fields] = say(true, undefined, runs) as [
      string,
      { running: object },
    ];
    expect(Object.keys(fields.running)).toHaveLength(10);
  });
});
