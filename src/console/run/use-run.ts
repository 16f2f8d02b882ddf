/** One run, as it is now: followed live, or asked for again and again where there is no stream. */
import { useEffect, useRef, useState } from "preact/hooks";
import { keyGeneration } from "../api/key.ts";
import { type LiveState, openLive } from "../api/live.ts";
import {
  type RunEvent,
  type RunSummary,
  SUMMARY_FIELDS,
} from "../api/objects.ts";
import { ask } from "../api/request.ts";
import { useInterval, useResource } from "../api/resource.ts";

const POLL_MS = 1000;
/** Beside a live stream, in case an event was missed. */
const CHECK_MS = 10_000;
const NOT_A_CHANGE = new Set(["log", "progress", "callback_attempt"]);
const FIELDS = SUMMARY_FIELDS.map((field) => `fields=${field}`).join("&");

export function isActive({ state }: Pick<RunSummary, "state">): boolean {
  return state === "queued" || state === "running";
}

export function runPath(id: string): string {
  return `/api/runs/${encodeURIComponent(id)}`;
}

export function useRun(id: string) {
  const { value, error, reload } = useResource(`run ${id}`, (signal) =>
    ask<RunSummary>(`${runPath(id)}/fields?${FIELDS}`, { signal }),
  );
  const { events, live } = useEvents(id, value, reload);
  const isGoing = value !== undefined && isActive(value);
  useInterval(
    isGoing ? (live === "live" ? CHECK_MS : POLL_MS) : undefined,
    reload,
  );
  return { run: value, error, reload, events, live };
}

function useEvents(
  id: string,
  run: RunSummary | undefined,
  onChange: () => void,
) {
  const [events, setEvents] = useState<readonly RunEvent[]>([]);
  const [live, setLive] = useState<LiveState>("connecting");
  const isFinished = useRef(false);
  isFinished.current = run !== undefined && !isActive(run);
  const isKnown = run !== undefined;
  const key = keyGeneration.value;
  useEffect(() => {
    if (!isKnown) return undefined;
    setEvents([]);
    const close = openLive(`${runPath(id)}/events`, {
      onEvent: (event) => {
        setEvents((before) => [...before, event]);
        if (!isFinished.current && !NOT_A_CHANGE.has(event.name)) onChange();
      },
      onState: (state) => {
        setLive(state);
        // The stream of a finished run ends by itself, and is not asked for again.
        if (state === "connecting" && isFinished.current) close();
      },
    });
    return close;
  }, [id, isKnown, key]);
  return { events, live };
}
