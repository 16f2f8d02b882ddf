/** What a million kept runs cost, or as many as are asked for: starting, looking up, and lists with any filter. */
import { join } from "node:path";
import { type Cell, percentile, type Table } from "../figures.ts";
import { makeRuns } from "../kept-runs.ts";
import { makeFolder, serveActions, type Served } from "../served.ts";
import { watchOthers } from "../watching.ts";
import { time } from "./waiting.ts";

const PROBE_COUNT = 200;
const START_COUNT = 5;
const LISTS = [
  "",
  "?limit=1000",
  "?status=running",
  "?status=failed",
  "?package=shop",
  "?package=shop&status=failed",
  "?action=nope",
  "?request_id=nope",
] as const;
const KEEP = ["--keep-runs", "forever", "--keep-count", "all"];

/** @param runCounts is told beside each value how many runs were kept */
export async function measureGrowth(
  runCounts: readonly number[],
): Promise<Table[]> {
  const starts: { name: string; cells: Record<string, Cell> }[] = [];
  const lists: { name: string; cells: Record<string, Cell> }[] = [];
  for (const count of runCounts) {
    using folder = makeFolder();
    const data = join(folder.path, "data");
    await makeRuns(data, count);
    const name = `${count.toLocaleString("en-US")} kept runs`;
    const startMs: number[] = [];
    for (let round = 0; round < START_COUNT; round += 1) {
      const since = performance.now();
      await using server = await serveActions(data, KEEP);
      await (await fetch(`${server.url}/health/ready`)).text();
      startMs.push(performance.now() - since);
    }
    await using server = await serveActions(data, KEEP);
    starts.push({
      name,
      cells: {
        "start to first answer ms": startMs,
        "memory MB": server.memory() / 1024 ** 2,
      },
    });
    const paths = LISTS.map((query) => `/api/runs${query}`);
    for (const path of [...paths, await findOne(server)])
      lists.push({
        name: `${name}: ${path.replace(/^\/api\/runs(\/.*)?/, (_, one) => (one === undefined ? "" : "one by id")) || "all"}`,
        cells: await probe(server, path),
      });
  }
  return [
    {
      name: "Starting with kept runs",
      about: `From the start of the process to the first answer, ${START_COUNT} times.`,
      rows: starts,
    },
    {
      name: "Lists of kept runs",
      about: `The first time, for which a server that has just started compiles the route, and then ${PROBE_COUNT} times, one after the other. "Others" is how long another thread waited for the health of the server meanwhile.`,
      rows: lists,
    },
  ];
}

/** @returns the path of a run in the middle of the newest page */
async function findOne({ url }: Served): Promise<string> {
  const reply = await fetch(`${url}/api/runs`);
  const runs = (await reply.json()) as readonly { id: string }[];
  return `/api/runs/${runs[Math.floor(runs.length / 2)]?.id}`;
}

async function probe(
  { url }: Served,
  path: string,
): Promise<Record<string, Cell>> {
  const ask = () => time(() => fetch(`${url}${path}`));
  const first = await ask();
  const taken: number[] = [];
  const stop = watchOthers(url);
  for (let count = 0; count < PROBE_COUNT; count += 1) taken.push(await ask());
  const others = await stop();
  return {
    "first ms": first,
    "p50 ms": percentile(taken, 0.5),
    "p99 ms": percentile(taken, 0.99),
    "others p99 ms": others.p99,
    "others longest ms": others.longest,
  };
}
