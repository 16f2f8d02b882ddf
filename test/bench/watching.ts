/** Watches how long others wait while something is measured, from a thread whose own work does not delay it. */
import type { Waits } from "./watch-thread.ts";

/** @returns what stops the watching and answers what was seen */
export function watchOthers(url: string): () => Promise<Waits> {
  const thread = new Worker(new URL("watch-thread.ts", import.meta.url));
  const { promise, resolve, reject } = Promise.withResolvers<Waits>();
  thread.addEventListener("message", ({ data }: MessageEvent<Waits>) => {
    resolve(data);
  });
  thread.addEventListener("error", ({ message }) => {
    reject(new Error(message));
  });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, no window
  thread.postMessage(`${url}/health/live`);
  return async () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, no window
    thread.postMessage("stop");
    const waits = await promise;
    thread.terminate();
    return waits;
  };
}
