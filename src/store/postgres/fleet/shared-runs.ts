/** Runs of a fleet: what is recorded of them says whose they are, and the other replicas hear of it. */
import type { RunStore } from "../../../run/store.ts";
import type { FlushWriter } from "../write/writer.ts";
import type { Bell } from "./bell.ts";
import { startSharedQueueClock } from "./expire.ts";
import type { SharedTurns } from "./shared-turns.ts";

/** @returns the store, which tells `turns` and the fleet what becomes of runs */
export function shareRuns(
  store: RunStore,
  {
    turns,
    ...parts
  }: {
    readonly turns: SharedTurns;
    readonly bell: Bell;
    readonly me: string;
    readonly writer: FlushWriter;
  },
): RunStore {
  const { bell } = parts;
  return {
    ...store,
    async insert(run, end) {
      const members = turns.takeMembers(run.id);
      const earlier = await store.insert({ ...run, ...members }, end);
      if (earlier !== undefined || end !== undefined) return earlier;
      const place = turns.find(run.id);
      if (place?.isHeld === true) place.mustRelease ||= !place.isEnding;
      else if (place !== undefined) {
        place.clock = startSharedQueueClock(run, parts);
        turns.queue(place);
      }
      return undefined;
    },
    async postpone(id, nextAttemptAt) {
      const isMade = await store.postpone(id, nextAttemptAt);
      const place = turns.find(id);
      if (place !== undefined) {
        place.mustRelease = !isMade;
        place.queuedSince = performance.now();
      }
      bell.ring(`s${id}`);
      return isMade;
    },
    async finish(run, end, by = "code") {
      const { id } = run;
      const place = turns.find(id);
      // Whoever asks while the run is being recorded is the only one who knows of it.
      const isKnown = place?.mustRelease !== false || by === "anyone";
      if (place !== undefined && by === "code") place.isEnding = true;
      const finish = await store.finish(run, end, by);
      if (place !== undefined && by !== "anyone") {
        place.hasOutcome = true;
        place.mustRelease = by === "carrier" || !finish.isFirst;
      }
      if (finish.isFirst && by === "anyone") bell.ring(`c${id}`);
      if (finish.isFirst && isKnown) bell.ring(`f${id}`);
      return finish;
    },
  };
}
