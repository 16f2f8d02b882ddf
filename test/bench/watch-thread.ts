/** A thread that asks a server for its health, again and again, and says how long that took: what others wait meanwhile. */
import { percentile } from "./figures.ts";

export interface Waits {
  readonly p99: number;
  readonly longest: number;
}

const over = new AbortController();

addEventListener("message", ({ data }: MessageEvent<string>) => {
  if (data === "stop") over.abort();
  else void watch(data);
});

async function watch(url: string): Promise<void> {
  const taken: number[] = [];
  while (!over.signal.aborted) {
    const since = performance.now();
    await (await fetch(url)).arrayBuffer();
    taken.push(performance.now() - since);
  }
  // The first one opens the connection.
  taken.shift();
  const waits: Waits = {
    p99: percentile(taken, 0.99),
    longest: Math.max(0, ...taken),
  };
  postMessage(waits);
}
