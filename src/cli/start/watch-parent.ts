/** Notices that another process has ended. */
import { readFileSync } from "node:fs";

const CHECK_MS = 250;
/** Where the kernel's documentation of `/proc/PID/stat` counts the moment of the start, from 1. */
const STARTED = 22;

// Taken before guards replace it.
const kill = process.kill.bind(process);

/** Calls `onEnd` once, soon after the process has ended, or at once if it does not exist, unless the returned value is disposed of first. */
export function watchParent(pid: number, onEnd: () => void): Disposable {
  const before = startOf(pid);
  const timer = setInterval(() => {
    if (isRunning(pid) && startOf(pid) === before) return;
    clearInterval(timer);
    onEnd();
  }, CHECK_MS);
  timer.unref();
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    // One of another user may not be sent anything.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * @returns what tells the process from a later one with its number; undefined for one that has ended, also while nobody
 *   has asked for its exit code, and where the system does not say
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is a name in parentheses, which may have anything in it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[STARTED - 3];
  } catch {
    return undefined;
  }
}
