/** The events of one run: what happened until now, then what happens, up to its outcome. */
import type { Run, RunId } from "../../run/run.ts";
import type { RunView } from "../../run/view.ts";
import {
  type EventObject,
  type SeenEvent,
  toEventObject,
} from "./event-object.ts";
import type { LiveQueue } from "./live-queue.ts";
import { replay, type ReplayParts } from "./replay.ts";
import type { Told } from "./told.ts";

interface Following extends ReplayParts {
  readonly view: Pick<RunView, "get">;
  /** It hears the run already. */
  readonly queue: LiveQueue<SeenEvent | typeof LOOK>;
  readonly told: Told;
}

/** What waits for a reader when something may have happened in another process: the store knows what. */
export const LOOK = "look";

/**
 * Ends with the outcome. Whoever comes back after the outcome hears what was tried to call it back, until that is over.
 */
export async function* followRun(
  id: RunId,
  following: Following,
): AsyncGenerator<EventObject> {
  const { view, queue, told, deliveries } = following;
  const wasFinished = told.isFinished;
  const look = async function* () {
    const run = await view.get(id);
    for await (const event of replay(run, told.seq, following))
      if (told.add(event)) yield event;
  };
  yield* look();
  const isOver = async () => {
    if (!wasFinished) return told.isFinished;
    return (await deliveries.find(id))?.state !== "pending";
  };
  while (!(await isOver())) {
    const events = await queue.take();
    if (events.length === 0) return;
    if (events.includes(LOOK)) yield* look();
    if (told.isFinished && !wasFinished) return;
    for (const event of events) {
      if (event === LOOK) continue;
      const next = toEventObject(event);
      if (!told.add(next)) continue;
      yield next;
      if (next.name === "finished" && !wasFinished) return;
    }
  }
}

/** @returns whether there is something to tell now or later */
export async function hasMore(
  run: Run,
  told: Told,
  parts: ReplayParts,
): Promise<boolean> {
  if (!told.isFinished) return true;
  for await (const event of replay(run, told.seq, parts))
    if (!told.has(event)) return true;
  return (await parts.deliveries.find(run.id))?.state === "pending";
}
