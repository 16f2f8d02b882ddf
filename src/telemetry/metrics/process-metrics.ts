/** Says what the process uses and which program it is, under the names that Prometheus has for that. */
import { readdir } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Meter } from "@opentelemetry/api";
import { Observed } from "./observed.ts";

const NS = 1e9;
/** How often the event loop is looked at. */
const LOOK_MS = 20;

/** Watches the event loop for as long as it is not disposed of. */
export function observeProcess(meter: Meter, version: string): Disposable {
  const observed = new Observed(meter);
  const cpu = observed.counter(
    "process.cpu",
    "Processor time of the process, user and system together.",
    "s",
  );
  const memory = observed.gauge(
    "process.resident.memory",
    "Memory of the process, children not included.",
    "By",
  );
  const heap = observed.gauge(
    "actiond.heap",
    "Memory of the process that holds JavaScript objects.",
    "By",
  );
  const files = observed.gauge(
    "process.open.fds",
    "Files that the process has open.",
  );
  const start = observed.gauge(
    "process.start.time",
    "When the process started, in seconds since 1970 UTC.",
    "s",
  );
  const info = observed.gauge(
    "actiond.build.info",
    "Always 1; the labels say what runs.",
  );
  const delay = observed.gauge(
    "actiond.event.loop.delay",
    "How late timers of the event loop were since the last collection: in the middle, at the 99th percentile, and at most.",
    "s",
  );
  const startedAt = Date.now() / 1000 - process.uptime();
  const delays = monitorEventLoopDelay({ resolution: LOOK_MS });
  delays.enable();
  observed.collect(async (result) => {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    result.observe(cpu, (user + system) / 1e6);
    result.observe(memory, rss);
    result.observe(heap, heapUsed);
    result.observe(files, await countFiles());
    result.observe(start, startedAt);
    result.observe(info, 1, { version, bun: Bun.version });
    if (delays.count === 0) return;
    const observe = (statistic: string, ns: number) => {
      result.observe(delay, ns / NS, { statistic });
    };
    observe("median", delays.percentile(50));
    observe("p99", delays.percentile(99));
    observe("max", delays.max);
    delays.reset();
  });
  return {
    [Symbol.dispose]() {
      delays.disable();
    },
  };
}

/** Systems other than Linux do not have this folder. */
async function countFiles(): Promise<number> {
  return (await readdir("/proc/self/fd").catch(() => [])).length;
}
