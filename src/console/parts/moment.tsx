/** A moment as "3 min ago", which stays true, with the exact time behind it. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { toAbsolute, toDuration, toRelative } from "../format/time.ts";

const TICK_MS = 1000;

const now = signal(Date.now());
let watcherCount = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Keeps `now` going as long as the calling part is shown. */
export function useNow(): number {
  useEffect(() => {
    if (watcherCount++ === 0)
      timer = setInterval(() => {
        now.value = Date.now();
      }, TICK_MS);
    return () => {
      if (--watcherCount === 0) clearInterval(timer);
    };
  }, []);
  return now.value;
}

export function Moment({ time }: { time: string }) {
  const at = Date.parse(time);
  const current = Math.max(useNow(), Date.now());
  return (
    <time dateTime={time} title={toAbsolute(time)}>
      {toRelative(current - at)}
    </time>
  );
}

/** How long something has taken, or takes so far. */
export function Elapsed({ since }: { since: string }) {
  useNow();
  return <>{toDuration(Math.max(0, Date.now() - Date.parse(since)))}</>;
}
