/**
 * The table, through the front door of the executable. Of each race both orders are met: a verb before the end of the
 * code in "running", after it in "just finished" and "finished"; before the start in "queued", after it in "running".
 */
import { afterAll, describe, expect, test } from "bun:test";
import { expected, meetStop, VerbTable } from "./meet.ts";
import { findReason, isIsolated, OTHERS, STOPS } from "./plan.ts";
import { CALLERS, PLACE_NAMES, STATES, VERBS } from "./table.ts";

/** A machine that is busy gets longer deadlines, one after the other. */
const timeout = 60_000;

const verbs = new VerbTable();
afterAll(() => verbs[Symbol.asyncDispose]());

describe.each(STATES)("a run that is %s", (state) => {
  test(
    "every verb has the expected outcome in every place",
    async () => {
      expect(await verbs.meet(state)).toEqual(expected(state, OTHERS));
    },
    { timeout },
  );

  test(
    "a stop of the server has the expected outcome in every place",
    async () => {
      expect(await meetStop(state)).toEqual(expected(state, STOPS));
    },
    { timeout },
  );
});

test(
  "a server that has met all of them stops, and all of its processes with it",
  () => verbs.stop(),
  { timeout },
);

test.each(PLACE_NAMES)(
  "the table has every verb and every possible caller for %s",
  (place) => {
    const met = [...OTHERS, ...STOPS].filter((each) => each.place === place);
    for (const verb of VERBS) {
      const callers = met.filter((each) => each.verb === verb);
      expect(callers.length).toBeGreaterThan(0);
      if (isIsolated({ place })) continue;
      for (const caller of CALLERS)
        expect(callers.some((each) => each.caller === caller)).toBe(
          findReason({ verb, caller }) === undefined,
        );
    }
  },
);
