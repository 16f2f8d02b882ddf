/** Processor time of processes, which stays meaningful where a machine is busy: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
import { readFileSync } from "node:fs";

/** Ticks a second, of Linux on every processor that Bun runs on. */
const TICKS = 100;
/** Places after the name of the program, which is in brackets. */
const [USER, SYSTEM, ENDED_USER, ENDED_SYSTEM] = [11, 12, 13, 14] as const;

/** @returns microseconds that a process, its children and theirs have taken so far, those included that have ended */
export function treeTimeUs(pid: number): number {
  let stat: string;
  let children: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  } catch {
    // It has ended since: its parent has its time now.
    return 0;
  }
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = [USER, SYSTEM, ENDED_USER, ENDED_SYSTEM].reduce(
    (sum, place) => sum + Number(fields[place]),
    0,
  );
  const ofChildren = children
    .split(" ")
    .filter((text) => text !== "")
    .reduce((sum, child) => sum + treeTimeUs(Number(child)), 0);
  return (ticks / TICKS) * 1e6 + ofChildren;
}
