/**
 * Measures what telemetry costs a run: off, and with each part of it on, interleaved in one run so that a noisy machine
 * is noisy for all of them. Reports, asserts nothing.
 *
 * `bun run bench:telemetry [seconds per measurement] [rounds]`
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figures, generator, load } from "./load.ts";

const [seconds = 4, rounds = 3] = process.argv.slice(2).map(Number);
const CONNECTIONS = 32;
const root = join(import.meta.dir, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "actiond-bench-"));
/** The kernel counts processor time in hundredths of a second. */
const TICK_MS = 10;

let byteCount = 0;
/** Takes everything, in this process. */
const collector = Bun.serve({
  port: 0,
  async fetch(request) {
    byteCount += (await request.arrayBuffer()).byteLength;
    return Response.json({ partialSuccess: {} });
  },
});
const otlp = {
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
};
const sampled = (ratio: string) => ({
  ...otlp,
  OTEL_TRACES_SAMPLER: "traceidratio",
  OTEL_TRACES_SAMPLER_ARG: ratio,
});

const contestants: readonly {
  readonly name: string;
  readonly options?: readonly string[];
  readonly environment?: Record<string, string>;
}[] = [
  { name: "off" },
  { name: "metrics", options: ["--metrics", "on"] },
  {
    name: "metrics, 1 % of traces",
    options: ["--metrics", "on"],
    environment: { ...sampled("0.01"), OTEL_LOGS_EXPORTER: "none" },
  },
  {
    name: "metrics, 1 % of traces, logs",
    options: ["--metrics", "on"],
    environment: sampled("0.01"),
  },
  {
    name: "metrics, all traces, logs",
    options: ["--metrics", "on"],
    environment: sampled("1"),
  },
];

const servers = await Promise.all(
  contestants.map(async ({ options = [], environment = {} }, index) => {
    const command = [
      join(root, "dist", "actiond"),
      "serve",
      "--actions",
      join(import.meta.dir, "actions"),
      "--port",
      "0",
      "--data",
      join(folder, String(index)),
      "--durability",
      "normal",
      ...options,
    ];
    const child = Bun.spawn(command, {
      stdout: "pipe",
      stderr: "ignore",
      env: environment,
    });
    for await (const chunk of child.stdout) {
      const match = /listening on (\S+)/.exec(Buffer.from(chunk).toString());
      if (match?.[1] !== undefined) return { child, url: match[1] };
    }
    throw new Error(`${command.join(" ")} did not start.`);
  }),
);

interface Measured extends Figures {
  readonly cpuMicroseconds: number;
}

try {
  report(await measure());
} finally {
  for (const { child } of servers) child.kill();
  await Promise.all(servers.map(({ child }) => child.exited));
  rmSync(folder, { recursive: true, force: true });
  await collector.stop(true);
}

async function measure(): Promise<Measured[][]> {
  const all: Measured[][] = contestants.map(() => []);
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round += 1)
    for (const [index, { child, url }] of servers.entries()) {
      const time = round === 0 ? 1 : seconds;
      const before = processorMs(child.pid);
      const figures = await load({
        url: `${url}/api/actions/bench/add/run`,
        headers: { "content-type": "application/json" },
        body: '{"a":1,"b":2}',
        connections: CONNECTIONS,
        seconds: time,
        pid: child.pid,
      });
      const ms = processorMs(child.pid) - before;
      const count = figures.requestsPerSecond * time;
      if (round > 0)
        all[index]?.push({ ...figures, cpuMicroseconds: (ms * 1000) / count });
    }
  return all;
}

/** User and system time of all threads: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function processorMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function report(all: Measured[][]): void {
  console.log(
    `\n${CONNECTIONS} connections, ${rounds} × ${seconds} s each, load by ${generator}; ${(byteCount / 1e6).toFixed(0)} MB were sent to the collector`,
  );
  console.table(
    Object.fromEntries(
      contestants.map(({ name }, index) => {
        const rows = all[index] ?? [];
        return [
          name,
          {
            "requests/s": Math.round(median(rows, "requestsPerSecond")),
            "processor µs a request": Math.round(
              median(rows, "cpuMicroseconds"),
            ),
            "p50 ms": median(rows, "p50"),
            "p99 ms": median(rows, "p99"),
            failures: rows.reduce((sum, row) => sum + row.failureCount, 0),
          },
        ];
      }),
    ),
  );
}

function median(rows: Measured[], key: keyof Measured): number {
  const values = rows.map((row) => row[key]).toSorted((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? Number.NaN;
}
