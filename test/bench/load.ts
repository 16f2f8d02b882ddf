/** Loads a server: with wrk where it is installed, which is faster than any server here, else with autocannon. */

import { readFileSync } from "node:fs";

export interface Figures {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failureCount: number;
  /** Microseconds of processor time that the server's event loop took for each request. */
  readonly loopUs: number;
}

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
  /** The server's process. */
  readonly pid: number;
  /** Tells loads apart that run at the same time. */
  readonly name?: string;
}

export const generator = Bun.which("wrk") === null ? "autocannon" : "wrk";

export async function load(options: Load): Promise<Figures> {
  const before = loopTimeUs(options.pid);
  const figures = await (generator === "wrk"
    ? runWrk(options)
    : runAutocannon(options));
  const requestCount = figures.requestsPerSecond * options.seconds;
  const loopUs = (loopTimeUs(options.pid) - before) / requestCount;
  return { ...figures, loopUs };
}

/** The first thread of a process is its event loop: https://docs.kernel.org/scheduler/sched-stats.html */
function loopTimeUs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8");
  return Number(text.split(" ")[0]) / 1000;
}

async function runWrk(options: Load) {
  const { url, headers, body, connections, seconds, name: part = "" } = options;
  const script = `${process.env["TMPDIR"] ?? "/tmp"}/actiond-bench-${process.pid}${part}.lua`;
  await Bun.write(
    script,
    `wrk.method = "POST"
wrk.body = ${JSON.stringify(body)}
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers["${name}"] = "${value}"`)
  .join("\n")}
done = function(summary, latency)
  io.write(string.format("FIGURES %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
`,
  );
  const output =
    await Bun.$`wrk -t1 -c${connections} -d${seconds}s -s ${script} ${url}`.text();
  await Bun.file(script).delete();
  const [, requests, us, p50, p99, failures] =
    /FIGURES (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(output) ?? [];
  return {
    requestsPerSecond: (Number(requests) / Number(us)) * 1e6,
    p50: Number(p50) / 1000,
    p99: Number(p99) / 1000,
    failureCount: Number(failures),
  };
}

async function runAutocannon({
  url,
  headers,
  body,
  connections,
  seconds,
}: Load) {
  const { default: autocannon } = await import("autocannon");
  const result = await autocannon({
    url,
    method: "POST",
    headers: { ...headers },
    body,
    connections,
    duration: seconds,
  });
  return {
    requestsPerSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failureCount: result.errors + result.non2xx,
  };
}
