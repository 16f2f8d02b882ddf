/** The table, through the front door of the executable. */
import { describe, expect, test } from "bun:test";
import { expected, findReason, meet, meetStop, planOf } from "./meet.ts";
import { CALLERS, type Place, PLACES, STATES, VERBS } from "./table.ts";

const places = Object.keys(PLACES) as Place[];
const isStop = (verb: string) => verb === "server stop";
const verbs = planOf((verb) => !isStop(verb));
const stops = planOf(isStop);

/** In all places at once: most of the time goes by in waiting for deadlines. */
async function everywhere<Value>(look: (place: Place) => Promise<Value>) {
  const seen = places.map(async (place) => [place, await look(place)] as const);
  return Object.fromEntries(await Promise.all(seen));
}

describe.each(STATES)("%s", (state) => {
  test(
    "every verb",
    async () => {
      expect(await everywhere((place) => meet(state, place, verbs))).toEqual(
        await everywhere(async () => expected(state, verbs)),
      );
    },
    { timeout: 20_000 },
  );

  test(
    "the server stops",
    async () => {
      expect(
        await everywhere((place) => meetStop(state, place, stops)),
      ).toEqual(await everywhere(async () => expected(state, stops)));
    },
    { timeout: 20_000 },
  );
});

test("the table is complete: each verb and caller is met in every state and place, or cannot be, for a reason", () => {
  const met = new Set(
    [...verbs, ...stops].map(({ verb, caller }) => `${verb}, ${caller}`),
  );
  for (const verb of VERBS)
    for (const caller of CALLERS)
      expect(met.has(`${verb}, ${caller}`)).toBe(
        findReason({ verb, caller }) === undefined,
      );
});
