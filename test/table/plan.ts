/** Which cells of the table one server is asked for at once. */
import type { Asked } from "./table-server.ts";
import { CALLERS, IMPOSSIBLE, PLACE_NAMES, VERBS } from "./table.ts";

/** @returns why there is no such cell */
export function findReason({
  verb,
  caller,
}: Pick<Asked, "verb" | "caller">): string | undefined {
  return IMPOSSIBLE.find((each) => each.verb === verb && each.caller === caller)
    ?.because;
}

export function isIsolated({ place }: Pick<Asked, "place">): boolean {
  return place.startsWith("process");
}

const all: readonly Asked[] = PLACE_NAMES.flatMap((place) =>
  VERBS.flatMap((verb) => CALLERS.map((caller) => ({ place, verb, caller }))),
).filter((asked) => findReason(asked) === undefined);

/** Each process costs its start: there each verb has one caller, of either kind in turn. */
const chosen = all.filter((each) => {
  if (!isIsolated(each)) return true;
  const turn = VERBS.indexOf(each.verb) + PLACE_NAMES.indexOf(each.place);
  const possible = CALLERS.filter(
    (caller) => findReason({ ...each, caller }) === undefined,
  );
  return each.caller === possible[turn % possible.length];
});

/** The stop of a server is the last thing that can be asked of it. */
export const STOPS = chosen.filter(({ verb }) => verb === "server stop");

export const OTHERS = chosen.filter(({ verb }) => verb !== "server stop");
