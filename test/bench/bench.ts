/**
 * Measures what keeping every run costs: actiond against a bare Elysia route, interleaved in one run so that a noisy
 * machine is noisy for all of them. Reports, asserts nothing.
 *
 * `bun run bench [seconds per measurement] [rounds]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figures, generator, load } from "./load.ts";

const [seconds = 4, rounds = 3] = process.argv.slice(2).map(Number);
const root = join(import.meta.dir, "..", "..");
const executable = join(root, "dist", "actiond");
const folder = mkdtempSync(join(tmpdir(), "actiond-bench-"));

interface Contestant {
  readonly name: string;
  readonly command: string[];
  readonly headers?: Record<string, string>;
}

const serve = (durability: string, name: string) => [
  executable,
  "serve",
  "--actions",
  join(import.meta.dir, "actions"),
  "--data",
  join(folder, name),
  "--port",
  "0",
  "--durability",
  durability,
];
const contestants: Contestant[] = [
  {
    name: "bare route",
    command: [process.execPath, join(import.meta.dir, "bare.ts")],
  },
  { name: "sync, full", command: serve("full", "sync-full") },
  { name: "sync, normal", command: serve("normal", "sync-normal") },
  {
    name: "async accept, full",
    command: serve("full", "async-full"),
    headers: { "x-actions-async-timeout": "0" },
  },
];

const servers = await Promise.all(
  contestants.map(async ({ command }) => {
    const child = Bun.spawn(command, { stdout: "pipe", stderr: "ignore" });
    for await (const chunk of child.stdout) {
      const match = /listening on (\S+)/.exec(Buffer.from(chunk).toString());
      if (match?.[1] !== undefined) return { child, url: match[1] };
    }
    throw new Error(`${command.join(" ")} did not start.`);
  }),
);
try {
  for (const connections of [1, 32])
    report(connections, await measure(connections));
} finally {
  for (const { child } of servers) child.kill();
  await Promise.all(servers.map(({ child }) => child.exited));
  rmSync(folder, { recursive: true, force: true });
}

async function measure(connections: number): Promise<Figures[][]> {
  const figures: Figures[][] = contestants.map(() => []);
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round += 1)
    for (const [index, { headers = {} }] of contestants.entries()) {
      const measured = await load({
        url: `${servers[index]?.url}/api/actions/bench/add/run`,
        headers: { "content-type": "application/json", ...headers },
        body: '{"a":1,"b":2}',
        connections,
        pid: servers[index]?.child.pid ?? 0,
        seconds: round === 0 ? 1 : seconds,
      });
      if (round > 0) figures[index]?.push(measured);
    }
  return figures;
}

function report(connections: number, figures: Figures[][]): void {
  console.log(
    `\n${connections} connection${connections === 1 ? "" : "s"}, ${rounds} × ${seconds} s each, load by ${generator}`,
  );
  const bare = median(figures[0] ?? [], "requestsPerSecond");
  const bareUs = median(figures[0] ?? [], "loopUs");
  console.table(
    Object.fromEntries(
      contestants.map(({ name }, index) => {
        const rows = figures[index] ?? [];
        const rate = median(rows, "requestsPerSecond");
        return [
          name,
          {
            "requests/s": Math.round(rate),
            spread: toSpread(rows),
            "p50 ms": median(rows, "p50"),
            "p99 ms": median(rows, "p99"),
            "of bare": (rate / bare).toFixed(2),
            "loop µs": median(rows, "loopUs").toFixed(1),
            "loop of bare": (bareUs / median(rows, "loopUs")).toFixed(2),
            failures: rows.reduce((sum, row) => sum + row.failureCount, 0),
          },
        ];
      }),
    ),
  );
}

/** @returns the lowest and the highest rate of all rounds, in thousands */
function toSpread(rows: Figures[]): string {
  const rates = rows.map(({ requestsPerSecond }) => requestsPerSecond / 1000);
  return `${Math.min(...rates).toFixed(1)}–${Math.max(...rates).toFixed(1)} k`;
}

function median(rows: Figures[], key: keyof Figures): number {
  const values = rows.map((row) => row[key]).toSorted((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? Number.NaN;
}
