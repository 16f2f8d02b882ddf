/** Thousands of odd requests to the executable, and what must be true of its replies, its log and itself then. */
import { seeded } from "../chaos/random.ts";
import { startExecutable, type TestProcess } from "../server.ts";
import { exchange, type Reply, toReplies } from "./exchange.ts";
import { makeOddRequest, type OddRequest } from "./odd-request.ts";
import { countDescriptors, readMemory, settleDescriptors } from "./process.ts";

export interface Report {
  /** How many replies had each status. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly violations: readonly string[];
  /** How many runs they started. */
  readonly runCount: number;
  /** Resident memory in MiB: after the first fifth of the requests, and after the last. */
  readonly memory: { readonly warm: number; readonly end: number };
}

const LANE_COUNT = 64;
/** An HTTP version that is none is 505 (RFC 9110 section 15.6.6); a server that is full or stops is 503. */
const WELL_KNOWN = new Set([503, 505]);
/** A stack, a place in the executable or on the disk, the name of an error, a word of the database. */
const INSIDE =
  /\n\s+at |\$bunfs|node_modules|\.ts\b|\/tmp\/|\b(?!Action)\w+(?:Error|Exception)\b|SQLITE/;
/** Garbage that is not collected yet comes and goes; what is kept for each request would not. */
const MAX_GROWTH = 1.5;

/**
 * Sends `count` requests, which `seed` decides.
 *
 * @param options.key the server has this key, and none of the requests
 */
export async function runCampaign(options: {
  count: number;
  seed: number;
  key?: string;
  onProgress?: (sent: number) => void;
}): Promise<Report> {
  const { key } = options;
  await using server = await startExecutable({
    options: ["--log-format", "json", "--log-level", "debug"],
    environment: key === undefined ? {} : { ACTIOND_API_KEY: key },
  });
  const descriptorCount = countDescriptors(server);
  const { statuses, violations, warm } = await send(server, options);
  const left = await settleDescriptors(server, descriptorCount);
  if (left > descriptorCount)
    violations.push(
      `It has ${left} descriptors open, and had ${descriptorCount}.`,
    );
  const end = readMemory(server);
  if (end > warm * MAX_GROWTH)
    violations.push(`Memory grew from ${warm} to ${end} MiB.`);
  const headers: Record<string, string> =
    key === undefined ? {} : { "x-api-key": key };
  const last = await server.run("add", { a: 41 }, headers);
  if ((await last.text()) !== "42")
    violations.push(`Then an action was answered ${last.status}.`);
  const runs = await server.request("/api/runs?limit=1", { headers });
  const [newest] = (await runs.json()) as { numbered_id: number }[];
  await server.stop();
  const { log, exitCode } = await server.output();
  if (exitCode !== 0) violations.push(`It ended with ${exitCode}.`);
  for (const line of log.trimEnd().split("\n"))
    if (isFault(line)) violations.push(`It logged ${line}`);
  // The last one is ours.
  const runCount = (newest?.numbered_id ?? 0) - 1;
  return { statuses, violations, runCount, memory: { warm, end } };
}

async function send(
  server: TestProcess,
  options: Parameters<typeof runCampaign>[0],
) {
  const statuses: Record<number, number> = {};
  const violations: string[] = [];
  const warmCount = Math.floor(options.count / 5);
  let warm = readMemory(server);
  let sent = 0;
  const lane = async () => {
    while (sent < options.count) {
      const number = sent;
      sent += 1;
      const request = makeOddRequest(seeded(options.seed * 1e7 + number));
      for (const reply of toReplies(await exchange(server.url, request))) {
        statuses[reply.status] = (statuses[reply.status] ?? 0) + 1;
        const mistake = findMistake(reply);
        if (mistake !== undefined)
          violations.push(
            describe(
              number,
              request,
              `${mistake}: ${reply.text.slice(0, 2000)}`,
            ),
          );
      }
      if (number === warmCount) warm = readMemory(server);
      if ((number + 1) % 10_000 === 0) options.onProgress?.(number + 1);
    }
  };
  await Promise.all(Array.from({ length: LANE_COUNT }, lane));
  return { statuses, violations, warm };
}

function findMistake({ status, text }: Reply): string | undefined {
  if (status === 0) return "No HTTP";
  if (status >= 500 && !WELL_KNOWN.has(status)) return `Status ${status}`;
  const inside = INSIDE.exec(text)?.[0];
  return inside === undefined ? undefined : `${JSON.stringify(inside)} in it`;
}

function isFault(line: string): boolean {
  const { level, message } = JSON.parse(line) as Record<string, string>;
  return level === "error" || message === "A request could not be answered.";
}

function describe(number: number, request: OddRequest, mistake: string) {
  const bytes = Buffer.concat(request.pieces).toString("latin1");
  return `Request ${number}, ${request.kind}, ${JSON.stringify(bytes.slice(0, 500))}: ${mistake}`;
}
