/** Loads a server: with wrk where it is installed, which is faster than any server here, else with autocannon. */

export interface Figures {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failureCount: number;
}

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

export const generator = Bun.which("wrk") === null ? "autocannon" : "wrk";

export function load(options: Load): Promise<Figures> {
  return generator === "wrk" ? runWrk(options) : runAutocannon(options);
}

async function runWrk({ url, headers, body, connections, seconds }: Load) {
  const script = `${process.env["TMPDIR"] ?? "/tmp"}/actiond-bench-${process.pid}.lua`;
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
