import { expect, test } from "bun:test";
import { join } from "node:path";
import { Heartbeat } from "../../src/process/heartbeat.ts";
import { startWatchdog } from "../../src/process/watchdog.ts";
import { silentLog } from "../silent-log.ts";

const logOptions = { format: "json", level: "warn" } as const;

test("a watchdog that dies is logged and does no harm", async () => {
  const told = Promise.withResolvers<string>();
  const log = { ...silentLog, warn: told.resolve };
  const thread = `file://${join(import.meta.dir, "no-such-thread.ts")}`;
  using watchdog = startWatchdog(new Heartbeat(), { thread, logOptions, log });
  watchdog.begin();
  expect(await told.promise).toMatch(/^The watchdog has died\. /);
});

test("the heart beats as long as it is watched", async () => {
  const heartbeat = new Heartbeat();
  const cells = new Int32Array(heartbeat.memory);
  const thread = new URL(
    "../../src/process/watchdog-thread.ts",
    import.meta.url,
  );
  const watchdog = startWatchdog(heartbeat, {
    thread: thread.href,
    logOptions,
    log: silentLog,
  });
  watchdog.begin();
  while (Atomics.load(cells, 0) === 0) await Bun.sleep(1);
  watchdog[Symbol.dispose]();
  const beats = Atomics.load(cells, 0);
  await Bun.sleep(150);
  expect(Atomics.load(cells, 0)).toBe(beats);
});
