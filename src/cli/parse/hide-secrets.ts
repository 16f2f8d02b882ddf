/**
 * Overwrites secrets in the memory that `/proc/PID/environ` and `/proc/PID/cmdline` show: every process of the same
 * user can read the one, and every user of the machine the other.
 */
import {
  closeSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";

/** Where the kernel's documentation of `/proc/PID/stat` counts them, from 1. */
const ARGUMENTS = { start: 48, end: 49 };
const ENVIRONMENT = { start: 50, end: 51 };

interface Names {
  /** Variables whose values are secret. */
  readonly variables: readonly string[];
  /** Flags whose values are secret. */
  readonly flags: readonly string[];
}

/**
 * What was read of them before stays as it is. Where there is no `/proc`, nothing happens.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function hideSecrets({ variables, flags }: Names): void {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    // The second field is a name in parentheses, which may have anything in it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const at = (number: number) => Number(fields[number - 3]);
    overwrite(at(ENVIRONMENT.start), at(ENVIRONMENT.end), (entry) => {
      const name = variables.find((one) => entry.startsWith(`${one}=`));
      return name === undefined ? undefined : name.length + 1;
    });
    let isNext = false;
    overwrite(at(ARGUMENTS.start), at(ARGUMENTS.end), (word) => {
      const flag = flags.find((one) => word.startsWith(`${one}=`));
      const end = flag === undefined ? undefined : flag.length + 1;
      const from = isNext ? 0 : end;
      isNext = flags.includes(word);
      return from;
    });
  } catch {
    // Another system, or one that lets no process write its own memory.
  }
}

/** @param find says from which byte on an entry is secret; undefined for one that is not */
function overwrite(
  start: number,
  end: number,
  find: (entry: string) => number | undefined,
): void {
  const file = openSync("/proc/self/mem", "r+");
  try {
    const area = Buffer.alloc(end - start);
    readSync(file, area, 0, area.length, start);
    let at = 0;
    while (at < area.length) {
      const nul = area.indexOf(0, at);
      const after = nul === -1 ? area.length : nul;
      const from = find(area.toString("latin1", at, after));
      if (from !== undefined)
        writeSync(
          file,
          Buffer.alloc(after - at - from, "*"),
          0,
          after - at - from,
          start + at + from,
        );
      at = after + 1;
    }
  } finally {
    closeSync(file);
  }
}
