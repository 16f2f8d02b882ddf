import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { toNextState, toRetryAfterMs } from "../../src/callback/schedule.ts";
import { letters } from "../fuzz/words.ts";

const clock = { now: 1_000_000, random: () => 1, retryMs: [100, 200] };
const DAY = 24 * 60 * 60 * 1000;

function after(httpStatus: number | null, retryAfter = "", attemptCount = 0) {
  return toNextState({ attemptCount }, { httpStatus, retryAfter }, clock);
}

test.each([200, 201, 202, 204, 299])(
  "an answer of %d means that the callback is delivered",
  (status) => {
    expect(after(status)).toEqual({ state: "delivered", nextAttemptAt: null });
  },
);

test("an answer of 410 means that the callback is refused and never tried again", () => {
  expect(after(410)).toEqual({ state: "refused", nextAttemptAt: null });
});

test.each([null, 199, 300, 301, 400, 404, 429, 500, 503])(
  "an answer of %p is tried again until the end of the schedule",
  (status) => {
    expect(after(status, "", 0)).toEqual({
      state: "pending",
      nextAttemptAt: clock.now + 100,
    });
    expect(after(status, "", 1)).toEqual({
      state: "pending",
      nextAttemptAt: clock.now + 200,
    });
    expect(after(status, "", 2)).toEqual({
      state: "dead",
      nextAttemptAt: null,
    });
  },
);

describe("retry-after", () => {
  test.each([429, 503])(
    "retry-after of a %d puts the next attempt off",
    (status) => {
      expect(after(status, "7").nextAttemptAt).toBe(clock.now + 7000);
    },
  );

  test("retry-after never brings the next attempt forward", () => {
    expect(after(503, "0").nextAttemptAt).toBe(clock.now + 100);
  });

  test("retry-after of another status is ignored", () => {
    expect(after(500, "7").nextAttemptAt).toBe(clock.now + 100);
  });

  test.each([
    ["120", 120_000],
    ["99999999", DAY],
    ["Thu, 01 Jan 1970 00:20:00 GMT", 200_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["soon", 0],
    ["", 0],
    ["-5", 0],
  ])("the retry-after value %p means %p ms", (header, ms) => {
    expect(toRetryAfterMs(header, clock.now)).toBe(ms);
  });
});

test("an HTTP date means that moment and at most a day from now", () => {
  fc.assert(
    fc.property(
      fc.date({
        min: new Date(0),
        max: new Date("2999-01-01"),
        noInvalidDate: true,
      }),
      fc.date({
        min: new Date(0),
        max: new Date("2999-01-01"),
        noInvalidDate: true,
      }),
      (at, now) => {
        const ms = Math.floor(at.getTime() / 1000) * 1000 - now.getTime();
        expect(toRetryAfterMs(at.toUTCString(), now.getTime())).toBe(
          Math.min(Math.max(ms, 0), DAY),
        );
      },
    ),
  );
});

test("no receiver can put an attempt off for more than a day", () => {
  const text = fc.string({
    unit: fc.constantFrom(
      ...letters("0123456789-+.e: "),
      "GMT",
      "Jan",
      "Mon,",
      "\n",
    ),
  });
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (header) => {
      const ms = toRetryAfterMs(header, clock.now);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(DAY);
    }),
    { numRuns: 500 },
  );
});

test("a delay lies between zero and its whole step and is never in the past", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: DAY }), { minLength: 1 }),
      fc.nat({ max: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.option(fc.integer({ min: 100, max: 599 })),
      fc.string(),
      (retryMs, attemptCount, random, httpStatus, retryAfter) => {
        const { state, nextAttemptAt } = toNextState(
          { attemptCount },
          { httpStatus, retryAfter },
          { now: 5, random: () => random, retryMs },
        );
        expect(state === "pending").toBe(nextAttemptAt !== null);
        if (nextAttemptAt === null) return;
        const step = retryMs[attemptCount] ?? Number.NaN;
        expect(nextAttemptAt).toBeGreaterThanOrEqual(5);
        expect(nextAttemptAt).toBeLessThanOrEqual(5 + Math.max(step, DAY));
        if (httpStatus !== 429 && httpStatus !== 503)
          expect(nextAttemptAt).toBe(5 + Math.round(step * random));
      },
    ),
  );
});
