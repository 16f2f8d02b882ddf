/** Which thread waits for the disk: counted by the system calls that flush files, as strace sees them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Table } from "../figures.ts";
import { load } from "../load.ts";
import { makeFolder, serveActions } from "../served.ts";

const SECONDS = 3;
const FLUSHES = "fsync,fdatasync,sync_file_range,msync,syncfs,sync";
const ATTACH_MS = 500;

/** @returns undefined where there is no strace, or it may not look */
export async function measureDisk(): Promise<Table | undefined> {
  if (Bun.which("strace") === null) return undefined;
  using folder = makeFolder();
  const calls = join(folder.path, "calls");
  await using server = await serveActions(join(folder.path, "data"));
  const tracer = Bun.spawn(
    `strace -f -qq -e trace=${FLUSHES} -o ${calls} -p ${server.pid}`.split(" "),
    { stderr: "ignore" },
  );
  await Promise.race([tracer.exited, Bun.sleep(ATTACH_MS)]);
  if (tracer.exitCode !== null) return undefined;
  await load({
    url: `${server.url}/api/actions/bench/add/run`,
    headers: { "content-type": "application/json" },
    body: '{"a":1,"b":2}',
    connections: 32,
    pid: server.pid,
    seconds: SECONDS,
  });
  tracer.kill("SIGINT");
  await tracer.exited;
  const threads = readFileSync(calls, "utf8")
    .split("\n")
    .filter((line) => line.includes("sync") && !line.includes("resumed>"))
    .map((line) => line.split(" ")[0]);
  const own = threads.filter((thread) => thread === String(server.pid)).length;
  return {
    name: "Flushes to the disk",
    about: `Counted by strace in ${SECONDS} s with 32 connections that wait for their runs, which are on disk before they are answered. strace slows the server down.`,
    rows: [
      { name: "the event loop", cells: { flushes: own } },
      { name: "other threads", cells: { flushes: threads.length - own } },
    ],
  };
}
