/** What runs leave to the collector of garbage: how much they allocate, and how long it takes to collect. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cell, Table } from "../figures.ts";
import { load } from "../load.ts";
import { makeFolder, serveActions } from "../served.ts";

const SECONDS = 4;
const WAYS = [
  { name: "waiting", headers: {} },
  { name: "not waiting", headers: { "x-actions-async-timeout": "0" } },
] as const;

export async function measureGarbage(): Promise<Table> {
  const rows: { name: string; cells: Record<string, Cell> }[] = [];
  for (const { name, headers } of WAYS) {
    using folder = makeFolder();
    const log = join(folder.path, "collector.log");
    await using server = await serveActions(
      join(folder.path, "data"),
      ["--durability", "normal"],
      // Each heap says how large it is when a collection begins and when it ends.
      { environment: { BUN_JSC_logGC: "1" }, errorsTo: log },
    );
    const run = async (seconds: number) => {
      const before = readFileSync(log, "utf8").length;
      const { requestsPerSecond } = await load({
        url: `${server.url}/api/actions/bench/add/run`,
        headers: { "content-type": "application/json", ...headers },
        body: '{"a":1,"b":2}',
        connections: 32,
        pid: server.pid,
        seconds,
      });
      const { bytes, ms } = toCollected(
        readFileSync(log, "utf8").slice(before),
      );
      const runCount = requestsPerSecond * seconds;
      return {
        "bytes a run": bytes / runCount,
        "collector µs a run": (ms * 1000) / runCount,
      };
    };
    await run(2);
    rows.push({ name, cells: await run(SECONDS) });
  }
  return {
    name: "Garbage",
    about: `Bytes that all threads of the server allocate, with their requests, and the time from the beginnings of collections to their ends, in ${SECONDS} s with 32 connections.`,
    rows,
  };
}

/** Reads the lines of `BUN_JSC_logGC`. What is allocated is by how much a heap grows from one collection to the next. */
function toCollected(log: string): { bytes: number; ms: number } {
  const kept = new Map<string, number>();
  let bytes = 0;
  let ms = 0;
  for (const line of log.split("\n")) {
    const [, heap] = /^\[GC<(\w+)>/.exec(line) ?? [];
    if (heap === undefined) continue;
    const [, before] = /START M (\d+)kb/.exec(line) ?? [];
    const last = kept.get(heap);
    if (before !== undefined && last !== undefined)
      bytes += Math.max(0, Number(before) - last) * 1024;
    const [, after, cycleMs] =
      /=> (\d+)kb, p=.*cycle ([\d.]+)ms END/.exec(line) ?? [];
    if (after === undefined) continue;
    kept.set(heap, Number(after));
    ms += Number(cycleMs);
  }
  return { bytes, ms };
}
