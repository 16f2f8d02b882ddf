/** The watchdog: a separate thread that reports a stalled event loop in the log while the stall lasts. */
import type { createLog, Log } from "../log.ts";
import { BEAT_MS, type CellName, type Heartbeat } from "./heartbeat.ts";

export type LogOptions = Parameters<typeof createLog>[0];

/** A message to the thread: first the memory to watch, then the cell of each action. */
export type WatchdogMessage =
  CellName | { memory: SharedArrayBuffer; logOptions: LogOptions };

export interface Watchdog extends Disposable {
  /** Called when the server has started: from then on its event loop must turn, and before that only while a run is running. */
  begin(): void;
}

/** The first answers come before the thread, unless an action is called. */
const BEGIN_MS = 50;

/**
 * Neither the thread nor the heartbeat keeps the process from ending. When the thread dies, the log says so and
 * everything else goes on.
 *
 * @param options.thread the URL of `watchdog-thread.ts`, which inside the executable only the program's first file can name
 * @param options.logOptions the options of the log that the thread writes
 */
export function startWatchdog(
  heartbeat: Heartbeat,
  options: { thread: string; logOptions: LogOptions; log: Log },
): Watchdog {
  let beats: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;
  let worker: Worker | undefined;
  const open = () => {
    const opened = new Worker(options.thread, { ref: false, smol: true });
    opened.addEventListener("error", ({ message }) => {
      clearInterval(beats);
      options.log.warn(
        "The watchdog has died. A stalled event loop will no longer be reported.",
        { reason: message },
      );
    });
    const { memory } = heartbeat;
    tell(opened, { memory, logOptions: options.logOptions });
    return opened;
  };
  heartbeat.onName((name) => {
    tell((worker ??= open()), name);
  });
  return {
    begin() {
      heartbeat.beat();
      beats = setInterval(() => {
        heartbeat.beat();
      }, BEAT_MS);
      beats.unref();
      soon = setTimeout(() => {
        worker ??= open();
      }, BEGIN_MS);
      soon.unref();
    },
    [Symbol.dispose]() {
      clearInterval(beats);
      clearTimeout(soon);
      worker?.terminate();
    },
  };
}

function tell(worker: Worker, message: WatchdogMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, not a window
  worker.postMessage(message);
}
