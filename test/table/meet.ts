/** Meets cells of the table: brings runs into a state, does to each what its verb says, and lets their code end after that. */
import { expect } from "bun:test";
import { makeGate } from "../scenarios/gate.ts";
import {
  type Asked,
  DRAIN_MS,
  openStage,
  type Stage,
  untilDeadlinesPass,
} from "./stage.ts";
import { BRING, type Held } from "./states.ts";
import {
  CALLERS,
  IMPOSSIBLE,
  type Place,
  type State,
  TABLE,
  type Verb,
  VERBS,
} from "./table.ts";
import { act, see, type Seen, toExpected } from "./verbs.ts";

/** By verb and caller. */
type AllSeen = Record<string, Seen>;

/** The cells of a state and a place that can be met with one server: its stop needs one of its own. */
export function planOf(verbs: (verb: Verb) => boolean): Asked[] {
  return VERBS.filter(verbs)
    .flatMap((verb) => CALLERS.map((caller) => ({ verb, caller })))
    .filter((asked) => findReason(asked) === undefined);
}

/** @returns why there is no such cell */
export function findReason({ verb, caller }: Asked): string | undefined {
  return IMPOSSIBLE.find((each) => each.verb === verb && each.caller === caller)
    ?.because;
}

export function expected(state: State, asked: readonly Asked[]): AllSeen {
  const entries = asked.map((each) => [
    toKey(each),
    toExpected(TABLE[state][each.verb], each.caller),
  ]);
  return Object.fromEntries(entries) as AllSeen;
}

/** Every verb but the stop of the server. */
export async function meet(
  state: State,
  place: Place,
  asked: readonly Asked[],
): Promise<AllSeen> {
  await using stage = await openStage(place, asked.length);
  const held = await BRING[state](stage, asked);
  const answers = held.runs.map((run) => act(run, stage));
  await (held.isLocked ? untilDeadlinesPass() : Promise.all(answers));
  if (state === "running") await checkSlots(stage, place, asked);
  held.release();
  const seen = await seeAll(state, held, await Promise.all(answers), stage);
  await checkFree(stage, asked.length);
  return seen;
}

/** The stop of the server, and what there is after another start. */
export async function meetStop(
  state: State,
  place: Place,
  asked: readonly Asked[],
): Promise<AllSeen> {
  await using stage = await openStage(place, asked.length);
  const held = await BRING[state](stage, asked);
  const stopped = stage.stop();
  if (held.isLocked) {
    // As long as the server lets running runs end, and longer, nothing can be recorded.
    await Bun.sleep(DRAIN_MS * 3);
    held.release();
  }
  expect(await stopped).toBe(0);
  held.release();
  await stage.restart();
  return await seeAll(state, held, [], stage);
}

/** While the code of runs that were ended may go on: only where it is deaf does it, and keeps its slot. */
async function checkSlots(stage: Stage, place: Place, asked: readonly Asked[]) {
  const stopped = asked.filter(({ verb }) => TABLE.running[verb].stopsCode);
  const running = asked.length - stopped.length;
  const abandoned = place === "in-process, deaf" ? stopped.length : 0;
  while ((await stage.count()).abandoned > abandoned);
  expect(await stage.count()).toEqual({ running, abandoned });
}

/** After everything has ended each slot can be taken again. */
async function checkFree(stage: Stage, count: number): Promise<void> {
  while ((await stage.count()).abandoned > 0);
  const gate = makeGate();
  for (let index = 0; index < count; index += 1) {
    const id = await stage.occupy("gate", gate.input);
    while ((await stage.json(`/api/runs/${id}`)).status === 0);
  }
  gate.open();
  expect(stage.processes()).toEqual([]);
}

async function seeAll(
  state: State,
  { runs }: Held,
  answers: readonly (readonly string[])[],
  stage: Stage,
): Promise<AllSeen> {
  const wanted = expected(state, runs);
  const entries = runs.map(async (run, index) => {
    const key = toKey(run);
    const seen = await see(run, wanted[key] as Seen, stage);
    return [key, { answers: answers[index] ?? [], ...seen }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function toKey({ verb, caller }: Asked): string {
  return `${verb}, while its caller ${caller === "waits" ? "waits" : "is detached"}`;
}
