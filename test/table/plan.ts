/** Which cells of the table one server is asked for at once. */
import type { Asked } from "./stage.ts";
import { CALLERS, IMPOSSIBLE, PLACE_NAMES, VERBS } from "./table.ts";

/** @returns why there is no such cell */
export function findReason({
  verb,
  caller,
}: Pick<Asked, "verb" | "caller">): string | undefined {
  return IMPOSSIBLE.find((each) => each.verb === verb && each.caller === caller)
    ?.because;
}

const all: readonly Asked[] = PLACE_NAMES.flatMap((place) =>
  VERBS.flatMap((verb) => CALLERS.map((caller) => ({ place, verb, caller }))),
).filter((asked) => findReason(asked) === undefined);

/** The stop of a server is the last thing that can be asked of it. */
export const STOPS = all.filter(({ verb }) => verb === "server stop");

export const OTHERS = all.filter(({ verb }) => verb !== "server stop");
