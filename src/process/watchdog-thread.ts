/** The watchdog's thread, which observes the server's event loop from outside. `watchdog.ts` starts it; nothing imports it. */
import { createLog } from "../log.ts";
import { BEAT_MS, HeartbeatReader } from "./heartbeat.ts";
import { sayStall } from "./say-stall.ts";
import { StallDetector } from "./stall.ts";
import type { WatchdogMessage } from "./watchdog.ts";

/** The event loop may have turned until just before the beat that is missing. */
const LIMIT_MS = 1000 + BEAT_MS;
const LOOK_MS = 200;

let reader: HeartbeatReader | undefined;

if (!Bun.isMainThread)
  addEventListener("message", ({ data }: MessageEvent<WatchdogMessage>) => {
    if ("cell" in data) reader?.learn(data);
    else watch(data);
  });

function watch({
  memory,
  logOptions,
}: Exclude<WatchdogMessage, { cell: number }>): void {
  const log = createLog(logOptions);
  const heartbeat = new HeartbeatReader(memory);
  const stallDetector = new StallDetector(LIMIT_MS, LOOK_MS);
  reader = heartbeat;
  setInterval(() => {
    const sight = heartbeat.look();
    // A server that is starting has no callers yet.
    if (!sight.isStarted) return;
    const change = stallDetector.look(sight.beat, performance.now());
    if (change !== undefined) sayStall(change, sight, log);
  }, LOOK_MS);
}
