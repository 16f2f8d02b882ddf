/** What the system says about processes. */
import { readdirSync, readFileSync } from "node:fs";

/** @returns the processes it has started, zombies included */
export function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => look(pid)?.parent === parent);
}

/** Resolves when the process has ended. Where its parent has ended before, it may go on as a zombie for a while. */
export async function untilEnded(pid: number): Promise<void> {
  while (!["Z", undefined].includes(look(pid)?.state)) await Bun.sleep(1);
}

/** Kills a process that may have ended by itself meanwhile. */
export function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as { code?: string }).code !== "ESRCH") throw error;
  }
}

function look(pid: number): { state: string; parent: number } | undefined {
  try {
    // The name, which may hold anything, is in parentheses before them: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
