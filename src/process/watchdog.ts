/** The watchdog: a thread of its own that says in the log when the event loop stands still, while it does. */
import type { createLog, Log } from "../log.ts";
import type { Name, Heartbeat } from "./heartbeat.ts";

/** How often the event loop says that it turns. */
export const BEAT_MS = 200;

export type LogOptions = Parameters<typeof createLog>[0];

/** What the thread is told: first what to watch, then each action's name. */
export type Told = Name | { memory: SharedArrayBuffer; logOptions: LogOptions };

/**
 * Neither the thread nor the heartbeat keeps the process from ending. When the thread dies, the log says so and
 * everything else goes on.
 *
 * @param options.thread URL of `watchdog-thread.ts`: only the program's first file can name it in the executable too
 * @param options.logOptions of the log that the thread writes
 */
export function startWatchdog(
  heartbeat: Heartbeat,
  options: { thread: string; logOptions: LogOptions; log: Log },
): Disposable {
  const worker = new Worker(options.thread, { ref: false, smol: true });
  const tell = (told: Told) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, no window
    worker.postMessage(told);
  };
  const beat = setInterval(() => {
    heartbeat.beat();
  }, BEAT_MS);
  beat.unref();
  worker.addEventListener("error", ({ message }) => {
    clearInterval(beat);
    options.log.warn(
      "The watchdog has died: nothing will be said when the event loop stands still.",
      { reason: message },
    );
  });
  tell({ memory: heartbeat.memory, logOptions: options.logOptions });
  heartbeat.onName(tell);
  return {
    [Symbol.dispose]() {
      clearInterval(beat);
      worker.terminate();
    },
  };
}
