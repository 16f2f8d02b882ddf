/** The watchdog's thread, where the event loop of the server is seen from outside. Started by `watchdog.ts`, imported by nobody. */
import { createLog } from "../log.ts";
import { PulseReader } from "./heartbeat.ts";
import { sayStillness } from "./say-stall.ts";
import { Stillness } from "./stall.ts";
import { BEAT_MS, type Told } from "./watchdog.ts";

/** The event loop may have turned until just before its next beat. */
const LIMIT_MS = 1000 + BEAT_MS;
const LOOK_MS = 200;

let reader: PulseReader | undefined;

if (!Bun.isMainThread)
  addEventListener("message", ({ data }: MessageEvent<Told>) => {
    if ("cell" in data) reader?.learn(data);
    else watch(data);
  });

function watch({ memory, logOptions }: Exclude<Told, { cell: number }>): void {
  const log = createLog(logOptions);
  const pulse = new PulseReader(memory);
  const stillness = new Stillness(LIMIT_MS, LOOK_MS);
  reader = pulse;
  setInterval(() => {
    const sight = pulse.look();
    const change = stillness.look(sight.beat, performance.now());
    if (change !== undefined) sayStillness(change, sight, log);
  }, LOOK_MS);
}
