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

/** The stop of a server is the last thing that can be asked of it. */
export const STOPS = all.filter(({ verb }) => verb === "server stop");

/** Each process costs its start: there each verb has one caller, of either kind in turn. */
export const OTHERS = all.filter(
  (asked) =>
    asked.verb !== "server stop" &&
    (!isIsolated(asked) ||
      asked.caller === CALLERS[VERBS.indexOf(asked.verb) % CALLERS.length]),
);
