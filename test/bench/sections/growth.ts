/** What a million kept runs cost, or as many as are asked for: starting, looking up, and lists with any filter. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { type Cell, percentile, type Table } from "../figures.ts";
import { makeFolder, serveActions, type Served } from "../served.ts";
import { time } from "./waiting.ts";

const PROBE_COUNT = 30;
const LISTS = [
  "",
  "?status=running",
  "?status=failed",
  "?package=shop",
  "?package=shop&status=failed",
  "?action=nope",
  "?request_id=nope",
] as const;

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
    for (let round = 0; round < 5; round += 1) {
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
    for (const query of LISTS)
      lists.push({
        name: `${name}: ${query || "all"}`,
        cells: await probeList(server, query),
      });
  }
  return [
    {
      name: "Starting with kept runs",
      about: "From the start of the process to the first answer, five times.",
      rows: starts,
    },
    {
      name: "Lists of kept runs",
      about: `${PROBE_COUNT} times each. "Others wait" is the longest time that a look-up of another path took meanwhile, which the event loop decides.`,
      rows: lists,
    },
  ];
}

const KEEP = ["--keep-runs", "forever", "--keep-count", "all"];

async function probeList(
  { url }: Served,
  query: string,
): Promise<Record<string, Cell>> {
  const taken: number[] = [];
  let others = 0;
  const over = new AbortController();
  const watch = (async () => {
    while (!over.signal.aborted)
      others = Math.max(others, await time(() => fetch(`${url}/health/live`)));
  })();
  for (let count = 0; count < PROBE_COUNT; count += 1)
    taken.push(await time(() => fetch(`${url}/api/runs${query}`)));
  over.abort();
  await watch;
  return {
    "p50 ms": percentile(taken, 0.5),
    "p99 ms": percentile(taken, 0.99),
    "others wait ms": others,
  };
}

/** Multiplies one run that the server has recorded: a third in the package shop, one in fifty failed. */
async function makeRuns(data: string, count: number): Promise<void> {
  {
    await using server = await serveActions(data);
    await fetch(`${server.url}/api/actions/bench/add/run`, {
      method: "POST",
      body: '{"a":1,"b":2}',
    });
  }
  const database = new Database(join(data, "actiond.db"));
  const columns = database
    .query<{ name: string }, []>("SELECT name FROM pragma_table_info('runs')")
    .all()
    .map(({ name }) => name)
    .filter(
      (name) => !["numbered_id", "id", "package", "status"].includes(name),
    );
  database.run("PRAGMA synchronous = OFF");
  database.run(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     INSERT INTO runs (id, package, status, ${columns.join(", ")})
     SELECT substr(id, 1, 8) || printf('-%04x-7000-8000-%012x', i >> 16, i),
            iif(i % 3 = 0, 'shop', package), iif(i % 50 = 0, 3, status), ${columns.join(", ")}
     FROM n, (SELECT * FROM runs LIMIT 1)`,
    [count],
  );
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}
