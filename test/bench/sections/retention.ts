/** What deleting old runs costs those who are served meanwhile. */
import { Database } from "bun:sqlite";
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Cell, Table } from "../figures.ts";
import { makeRuns } from "../kept-runs.ts";
import { type Figures, load } from "../load.ts";
import { makeFolder, serveActions } from "../served.ts";

const OLD_COUNT = 100_000;
const KEPT_COUNT = 1000;
const CONNECTIONS = 8;
const WAYS = [
  { name: "nothing to delete", keepCount: "all" },
  { name: "100,000 old runs are deleted", keepCount: String(KEPT_COUNT) },
] as const;

export async function measureRetention({
  rounds,
}: {
  rounds: number;
}): Promise<Table> {
  using folder = makeFolder();
  const original = join(folder.path, "original");
  await makeRuns(original, OLD_COUNT);
  const measured = WAYS.map((): (Figures & { deleted: number })[] => []);
  for (let round = 1; round <= rounds; round += 1)
    for (const [index, { keepCount }] of WAYS.entries()) {
      const data = join(folder.path, `${round}-${index}`);
      cpSync(original, data, { recursive: true });
      // Deleting begins with the start of the server.
      await using server = await serveActions(data, [
        "--keep-count",
        keepCount,
      ]);
      const figures = await load({
        url: `${server.url}/api/actions/bench/add/run`,
        headers: { "content-type": "application/json" },
        body: '{"a":1,"b":2}',
        connections: CONNECTIONS,
        pid: server.pid,
        seconds: 3,
      });
      const deleted = OLD_COUNT - countOld(data);
      measured[index]?.push({ ...figures, deleted });
    }
  return {
    name: "Beside retention",
    about: `${CONNECTIONS} connections wait for runs in the first 3 s of a server that has ${OLD_COUNT.toLocaleString("en-US")} old runs; ${rounds} rounds in turns.`,
    rows: WAYS.map(({ name }, index) => ({
      name,
      cells: toCells(measured[index] ?? []),
    })),
  };
}

function toCells(
  figures: readonly (Figures & { deleted: number })[],
): Record<string, Cell> {
  return {
    "requests/s": figures.map((one) => one.requestsPerSecond),
    "p50 ms": figures.map((one) => one.p50),
    "p99 ms": figures.map((one) => one.p99),
    "deleted meanwhile": figures.map((one) => one.deleted),
  };
}

function countOld(data: string): number {
  using database = new Database(join(data, "actiond.db"), { readonly: true });
  const [row] = database
    .query("SELECT count(*) FROM runs WHERE numbered_id <= ?")
    .values(OLD_COUNT);
  return Number(row?.[0]);
}
