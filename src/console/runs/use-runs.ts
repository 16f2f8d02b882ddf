/** A page of the list of runs, kept up to date. New runs wait while somebody reads, so that nothing jumps. */
import { useEffect, useRef, useState } from "preact/hooks";
import { keyGeneration } from "../api/key.ts";
import { type LiveState, openLive } from "../api/live.ts";
import type { RunSummary } from "../api/objects.ts";
import { request } from "../api/request.ts";
import { useInterval, useResource } from "../api/resource.ts";
import { type Filter, toListPath } from "./filter.ts";
import { mergeRuns } from "./merge-runs.ts";

const POLL_MS = 2000;
const CHECK_MS = 15_000;
/** Many runs may change at once. */
const GATHER_MS = 400;
const CHANGES = new Set([
  "accepted",
  "started",
  "finished",
  "attempt_failed",
  "missed",
  "message",
]);

interface Page {
  readonly runs: readonly RunSummary[];
  readonly hasNext: boolean;
}

/** @param isHeld whether runs that are new must wait */
export function useRuns(filter: Filter, isHeld: boolean) {
  const path = toListPath(filter);
  const page = useResource(path, (signal) => loadPage(path, signal));
  const live = useChanges(page.reload);
  useInterval(live === "live" ? CHECK_MS : POLL_MS, page.reload);
  const shown = useRef<
    { path: string; runs: readonly RunSummary[] } | undefined
  >(undefined);
  const before = shown.current?.path === path ? shown.current.runs : undefined;
  const { runs, waitingCount } = mergeRuns(
    before,
    page.value?.runs ?? [],
    isHeld,
  );
  if (page.value !== undefined) shown.current = { path, runs };
  const [, redraw] = useState(0);
  return {
    ...page,
    runs,
    waitingCount,
    hasNext: page.value?.hasNext === true,
    live,
    showWaiting: () => {
      shown.current = undefined;
      redraw((count) => count + 1);
    },
  };
}

async function loadPage(path: string, signal: AbortSignal): Promise<Page> {
  const response = await request(path, { signal });
  const runs = (await response.json()) as RunSummary[];
  const link = response.headers.get("link") ?? "";
  return { runs, hasNext: link.includes('rel="next"') };
}

/** Says that something has changed, at most every now and then. */
function useChanges(onChange: () => void): LiveState {
  const [live, setLive] = useState<LiveState>("connecting");
  const key = keyGeneration.value;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const close = openLive("/api/events", {
      onState: setLive,
      onEvent: ({ name }) => {
        if (!CHANGES.has(name)) return;
        timer ??= setTimeout(() => {
          timer = undefined;
          onChange();
        }, GATHER_MS);
      },
    });
    return () => {
      clearTimeout(timer);
      close();
    };
  }, [key]);
  return live;
}
