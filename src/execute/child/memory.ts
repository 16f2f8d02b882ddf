/** Reads how much memory a process uses. */
import { readFileSync } from "node:fs";

/**
 * @returns the bytes of its own that are in memory, without those it shares with other processes, such as the program;
 *   undefined when the process has ended, or the system has no `/proc`
 */
export function readMemory(pid: number): number | undefined {
  try {
    // https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(status) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
