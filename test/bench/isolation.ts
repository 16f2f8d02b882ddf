/**
 * Measures what isolation costs a run, and what a busy loop in a child costs everybody else: idle and busy periods
 * take turns, so that a noisy machine is noisy for both. Reports, asserts nothing.
 *
 * `bun run bench:isolation [seconds per period] [rounds]`
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { untilEnded } from "../binary/serving/processes.ts";
import { DETACH, idOf } from "../scenarios/scene.ts";
import { startExecutable, type TestProcess } from "../server.ts";

const [seconds = 2, rounds = 5] = process.argv.slice(2).map(Number);
const PAUSE_MS = 1;

const folder = mkdtempSync(join(tmpdir(), "actiond-bench-"));
await using server = await startExecutable({
  actions: join(import.meta.dir, "isolated"),
});
try {
  await measure("add");
  await measure("add-isolated");
  const figures: Record<string, number[]> = {
    "in-process, idle": [],
    "isolated, idle": [],
    "in-process, beside a busy loop": [],
    "in-process, while that is cancelled": [],
  };
  const endedMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    figures["in-process, idle"]?.push(...(await measure("add")));
    figures["isolated, idle"]?.push(...(await measure("add-isolated")));
    const loop = await startLoop(server, join(folder, String(round)));
    figures["in-process, beside a busy loop"]?.push(...(await measure("add")));
    const ended = cancelLoop(server, loop);
    const meanwhile = await measure("add");
    figures["in-process, while that is cancelled"]?.push(...meanwhile);
    endedMs.push(await ended);
  }
  console.table(
    Object.fromEntries(
      Object.entries(figures).map(([name, ms]) => [name, toRow(ms)]),
    ),
  );
  console.log(
    `The processor was free ${Math.max(...endedMs).toFixed(0)} ms after the cancel at the latest.`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns how many milliseconds each run took, one after the other */
async function measure(action: string): Promise<number[]> {
  const taken: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const since = performance.now();
    await (await send(server, action, { a: 1, b: 2 })).text();
    taken.push(performance.now() - since);
    await Bun.sleep(PAUSE_MS);
  }
  return taken;
}

function send(
  to: TestProcess,
  action: string,
  input: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return to.request(`/api/actions/bench/${action}/run`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(input),
  });
}

async function startLoop(from: TestProcess, path: string) {
  const id = idOf(await send(from, "busy-loop", { path }, DETACH));
  while (!existsSync(path) || readFileSync(path).length === 0)
    await Bun.sleep(1);
  return { id, pid: Number(readFileSync(path, "utf8")) };
}

/** @returns milliseconds until its process is gone */
async function cancelLoop(
  from: TestProcess,
  { id, pid }: { id: string; pid: number },
): Promise<number> {
  const since = performance.now();
  await from.request(`/api/runs/${id}/cancel`, { method: "POST" });
  await untilEnded(pid);
  return performance.now() - since;
}

function toRow(ms: number[]) {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2));
  return { runs: ms.length, "p50 ms": at(0.5), "p99 ms": at(0.99) };
}
