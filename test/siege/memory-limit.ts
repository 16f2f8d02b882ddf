/** Limits the memory of a process: by a control group of the system, where this user may make one. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";

export interface MemoryLimit extends Disposable {
  /** Starts the command behind it within the limit. */
  readonly command: readonly string[];
}

/** The folder of groups, and the file that holds the limit: https://docs.kernel.org/admin-guide/cgroup-v2.html, then version 1. */
const KINDS = [
  ["/sys/fs/cgroup", "memory.max"],
  ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"],
] as const;

let groupCount = 0;

/** @returns undefined where no group can be made */
export function limitMemory(bytes: number): MemoryLimit | undefined {
  for (const [root, file] of KINDS) {
    groupCount += 1;
    const group = `${root}/actiond-siege-${process.pid}-${groupCount}`;
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    if (existsSync(`${group}/${file}`)) {
      writeFileSync(`${group}/${file}`, String(bytes));
      const enter = 'echo $$ > "$0"/cgroup.procs && exec "$@"';
      return {
        command: ["sh", "-c", enter, group],
        [Symbol.dispose]: () => {
          remove(group);
        },
      };
    }
    remove(group);
  }
  return undefined;
}

/** A group whose processes have not quite ended stays: it has nothing in it. */
function remove(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // It goes with the next start of the machine.
  }
}
