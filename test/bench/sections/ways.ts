/** What a run costs beside a bare route, on each of its ways. Rounds take turns, so that noise meets all of them. */
import { join } from "node:path";
import { type Figures, load } from "../load.ts";
import { type Cell, median, type Table } from "../figures.ts";
import { makeFolder, serveActions, serveBare, type Served } from "../served.ts";

interface Way {
  readonly name: string;
  readonly action: string;
  readonly durability: "full" | "normal";
  readonly headers?: Record<string, string>;
}

const WAYS: readonly Way[] = [
  { name: "waiting, full", action: "add", durability: "full" },
  { name: "waiting, normal", action: "add", durability: "normal" },
  {
    name: "not waiting, full",
    action: "add",
    durability: "full",
    headers: { "x-actions-async-timeout": "0" },
  },
  {
    name: "an action that awaits, normal",
    action: "add-later",
    durability: "normal",
  },
  {
    name: "on disk before it runs, full",
    action: "add-again",
    durability: "full",
  },
  {
    name: "in a child process, normal",
    action: "add-apart",
    durability: "normal",
  },
];

export async function measureWays(
  connectionCounts: readonly number[],
  { seconds, rounds }: { seconds: number; rounds: number },
): Promise<Table[]> {
  using folder = makeFolder();
  await using servers = new AsyncDisposableStack();
  const serve = async (durability: string) =>
    servers.use(
      await serveActions(join(folder.path, durability), [
        "--durability",
        durability,
      ]),
    );
  const bare = servers.use(await serveBare());
  const served: Record<string, Served> = {
    full: await serve("full"),
    normal: await serve("normal"),
  };
  const tables: Table[] = [];
  for (const connections of connectionCounts) {
    const measure = (server: Served, action: string, way?: Way) =>
      load({
        url: `${server.url}/api/actions/bench/${action}/run`,
        headers: { "content-type": "application/json", ...way?.headers },
        body: '{"a":1,"b":2}',
        connections,
        pid: server.pid,
        seconds,
      });
    const bareFigures: Figures[] = [];
    const figures = WAYS.map((): Figures[] => []);
    // The first round warms up and does not count.
    for (let round = 0; round <= rounds; round += 1) {
      const bareOnes = await measure(bare, "add");
      if (round > 0) bareFigures.push(bareOnes);
      for (const [index, way] of WAYS.entries()) {
        const server = served[way.durability];
        if (server === undefined) continue;
        const measured = await measure(server, way.action, way);
        if (round > 0) figures[index]?.push(measured);
      }
    }
    tables.push({
      name: `Runs a second, ${connections} connection${connections === 1 ? "" : "s"}`,
      about: `${rounds} rounds of ${seconds} s. "Of bare" compares with the bare route, by requests a second and by processor time of the event loop.`,
      rows: [
        {
          name: "a bare Elysia route",
          cells: toCells(bareFigures, bareFigures),
        },
        ...WAYS.map(({ name }, index) => ({
          name,
          cells: toCells(figures[index] ?? [], bareFigures),
        })),
      ],
      chart: { column: "requests/s", title: `${connections} connections` },
    });
  }
  return tables;
}

function toCells(
  figures: readonly Figures[],
  bare: readonly Figures[],
): Record<string, Cell> {
  const all = (key: keyof Figures, of = figures) => of.map((one) => one[key]);
  const share = (key: keyof Figures) =>
    median(all(key)) / median(all(key, bare));
  return {
    "requests/s": all("requestsPerSecond"),
    "of bare": share("requestsPerSecond"),
    "p50 ms": all("p50"),
    "p99 ms": all("p99"),
    "event loop µs": all("loopUs"),
    "event loop of bare": 1 / share("loopUs"),
    failures: all("failureCount").reduce((sum, count) => sum + count, 0),
  };
}
