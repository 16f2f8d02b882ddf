/** The watchdog's thread, where the event loop of the server is seen from outside. Started by `watchdog.ts`, imported by nobody. */
import { createLog } from "../log.ts";
import { HeartbeatReader } from "./heartbeat.ts";
import { sayStall } from "./say-stall.ts";
import { StallDetector } from "./stall.ts";
import { BEAT_MS, type Told } from "./watchdog.ts";

/** The event loop may have turned until just before its next beat. */
const LIMIT_MS = 1000 + BEAT_MS;
const LOOK_MS = 200;

let reader: HeartbeatReader | undefined;

if (!Bun.isMainThread)
  addEventListener("message", ({ data }: MessageEvent<Told>) => {
    if ("cell" in data) reader?.learn(data);
    else watch(data);
  });

function watch({ memory, logOptions }: Exclude<Told, { cell: number }>): void {
  const log = createLog(logOptions);
  const heartbeat = new HeartbeatReader(memory);
  const stallDetector = new StallDetector(LIMIT_MS, LOOK_MS);
  reader = heartbeat;
  setInterval(() => {
    const sight = heartbeat.look();
    const change = stallDetector.look(sight.beat, performance.now());
    if (change !== undefined) sayStall(change, sight, log);
  }, LOOK_MS);
}
