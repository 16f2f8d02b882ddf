/**
 * A replica that only keeps runs: callers in a closed loop accept a run and end it, through the store as it is. Says
 * "ready", begins at the first byte of its input, and ends with how many runs that were and what they cost.
 */
import { createRunStore } from "../../../src/store/postgres/runs.ts";
import { openStore } from "../../../src/store/postgres/open.ts";
import { toTarget } from "../../../src/store/postgres/connect/target.ts";
import { makeRun } from "../../store/sqlite/temporary-store.ts";

const CALLER_COUNT = 64;
const END = {
  outcome: { status: "passed", result: '{"sum":3}' },
  at: Date.now(),
  runMs: 1,
} as const;

const [url = "", seconds, kind] = process.argv.slice(2);
await using store = await openStore(toTarget(url, "actiond"), {
  connections: 1,
  version: "bench",
  actions: {},
});
const runs = createRunStore(store);

async function keep(): Promise<void> {
  const isQueued = kind === "through the queue";
  const run = makeRun({
    callbackUrl: null,
    ...(isQueued ? { startedAt: null } : {}),
  });
  const inserted = runs.insert(run);
  if (kind !== "in one flush") await inserted;
  if (isQueued) await runs.start(run.id, Date.now(), 1);
  await runs.finish(run, END);
}

async function load(forSeconds: number): Promise<number> {
  const until = performance.now() + forSeconds * 1000;
  let count = 0;
  const call = async () => {
    while (performance.now() < until) {
      await keep();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLER_COUNT }, call));
  return count;
}

// What is compiled later than that would be measured too.
await load(0.5);
process.stdout.write("ready\n");
await Bun.stdin.stream().getReader().read();
const before = process.cpuUsage();
const startedAt = performance.now();
const count = await load(Number(seconds));
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  `${JSON.stringify({ count, seconds: (performance.now() - startedAt) / 1000, us: user + system })}\n`,
);
