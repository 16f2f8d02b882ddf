/** What memory a server takes: idle, and after as many runs as a busy day brings. */
import { join } from "node:path";
import type { Cell, Table } from "../figures.ts";
import { load } from "../load.ts";
import { makeFolder, serveActions, type Served } from "../served.ts";

const IDLE_MS = 5000;
const STEP_SECONDS = 5;
/** A machine that is too slow for all runs is not measured for ever. */
const MAX_SECONDS = 120;

export async function measureMemory(runCount: number): Promise<Table> {
  using folder = makeFolder();
  await using server = await serveActions(join(folder.path, "data"));
  const rows: { name: string; cells: Record<string, Cell> }[] = [];
  const note = async (name: string) => {
    await Bun.sleep(IDLE_MS);
    rows.push({ name, cells: { "memory MB": server.memory() / 1024 ** 2 } });
  };
  await note("before the first run");
  let done = 0;
  for (const wanted of [runCount / 10, runCount]) {
    done += await run(server, wanted - done);
    await note(`after ${toThousands(done)} runs`);
  }
  return {
    name: "Memory",
    about: `Resident memory of the server's process with seven actions, each time ${IDLE_MS / 1000} s after the last request. 64 connections wait for their runs.`,
    rows,
  };
}

/** @returns how many runs there were: about as many as wanted, unless that takes too long */
async function run(server: Served, wanted: number): Promise<number> {
  let count = 0;
  for (
    let passed = 0;
    count < wanted && passed < MAX_SECONDS;
    passed += STEP_SECONDS
  ) {
    const { requestsPerSecond } = await load({
      url: `${server.url}/api/actions/bench/add/run`,
      headers: { "content-type": "application/json" },
      body: '{"a":1,"b":2}',
      connections: 64,
      pid: server.pid,
      seconds: STEP_SECONDS,
    });
    count += requestsPerSecond * STEP_SECONDS;
  }
  return count;
}

function toThousands(count: number): string {
  return (Math.round(count / 1000) * 1000).toLocaleString("en-US");
}
