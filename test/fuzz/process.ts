/** What the executable holds, as the kernel counts it. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { TestProcess } from "../server.ts";

const PATIENCE_MS = 5000;

/**
 * Asks until it holds no more than that: what was a connection is let go of in one of the next turns of its event loop.
 *
 * @returns how many descriptors it has then, or after five seconds
 */
export async function settleDescriptors(
  server: TestProcess,
  count: number,
): Promise<number> {
  const until = performance.now() + PATIENCE_MS;
  while (countDescriptors(server) > count && performance.now() < until)
    await server.request("/health/live", { headers: { connection: "close" } });
  return countDescriptors(server);
}

/**
 * Sockets, and files outside of the data folder: threads that copy the database or send callbacks begin when they are
 * needed, and keep its files and a poll of their own.
 */
export function countDescriptors({
  data,
  process: { pid },
}: TestProcess): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      const target = readlinkSync(join(folder, name));
      return !target.startsWith("anon_inode:") && !target.startsWith(data);
    } catch {
      return false;
    }
  }).length;
}

/** In MiB. */
export function readMemory({ process: { pid } }: TestProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
