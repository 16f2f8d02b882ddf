/**
 * Measures what open streams and chatty runs cost: short runs beside a thousand streams, and beside runs that log a
 * thousand lines each. Reports, asserts nothing.
 *
 * `bun run bench:streams [seconds per measurement] [streams]`
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "./load.ts";

const [seconds = 4, streamCount = 1000] = process.argv.slice(2).map(Number);
const root = join(import.meta.dir, "..", "..");
const data = mkdtempSync(join(tmpdir(), "actiond-bench-"));
const server = Bun.spawn(
  [
    join(root, "dist", "actiond"),
    "serve",
    "--port",
    "0",
    "--data",
    data,
    "--actions",
    join(import.meta.dir, "actions"),
    "--durability",
    "normal",
    "--max-streams",
    String(streamCount),
  ],
  { stdout: "pipe", stderr: "ignore" },
);
const url = await readUrl();
const sockets: Socket[] = [];
try {
  const id = await begin("ticks");
  await measure("no streams");
  const before = readMemory();
  await openStreams(`/api/runs/${id}/events`);
  console.log(
    `${streamCount} streams take ${readMemory() - before} MB of memory.`,
  );
  await measure(`${streamCount} streams of a run that logs 10 lines a second`);
  closeStreams();
  await openStreams("/api/events?action=none");
  await measure(`${streamCount} streams of all runs that match none`);
  closeStreams();
  const chatty = setInterval(() => void begin("chatty"), 250);
  await measure("4 runs a second that log 1000 lines each");
  clearInterval(chatty);
} finally {
  server.kill("SIGKILL");
  rmSync(data, { recursive: true, force: true });
}
process.exit(0);

async function measure(what: string): Promise<void> {
  const { requestsPerSecond, p50, p99 } = await load({
    url: `${url}/api/actions/bench/add/run`,
    headers: { "content-type": "application/json" },
    body: '{"a":1,"b":2}',
    connections: 8,
    seconds,
    pid: server.pid,
  });
  const rate = Math.round(requestsPerSecond).toLocaleString("en");
  console.log(`${what}: ${rate} runs/s, p50 ${p50} ms, p99 ${p99} ms`);
}

async function begin(action: string): Promise<string> {
  const reply = await fetch(`${url}/api/actions/bench/${action}/run`, {
    method: "POST",
    headers: { "x-actions-async-timeout": "0" },
  });
  return reply.headers.get("x-action-server-run-id") ?? "";
}

async function openStreams(path: string): Promise<void> {
  const { port, hostname } = new URL(url);
  const head = `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  const opened = Array.from({ length: streamCount }, () => {
    const socket = connect(Number(port), hostname);
    socket.write(head);
    sockets.push(socket);
    return new Promise((resolve) => socket.once("data", resolve));
  });
  await Promise.all(opened);
  for (const socket of sockets) socket.on("data", () => undefined);
}

function closeStreams(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
}

function readMemory(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}

async function readUrl(): Promise<string> {
  for await (const chunk of server.stdout) {
    const match = /listening on (\S+)/.exec(Buffer.from(chunk).toString());
    if (match?.[1] !== undefined) return match[1];
  }
  throw new Error("The server did not start.");
}
