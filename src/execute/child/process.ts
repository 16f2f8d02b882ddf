/** The operating system's side of a child: how its process is started and killed, and how much memory it uses. */
import { readFileSync } from "node:fs";
import type { Subprocess } from "bun";
import { CHILD_ARGUMENT, type ToServer } from "./wire.ts";

export type ChildProcess = Subprocess<"ignore", "pipe", "pipe">;

/**
 * Makes the command with which this program starts itself as a child, from the executable or from its sources.
 *
 * @param main the path of the program's first file
 */
export function toChildCommand(main: string): string[] {
  // The files inside an executable have this prefix: https://bun.com/docs/bundler/executables
  const isExecutable = main.startsWith("/$bunfs/");
  return isExecutable
    ? [process.execPath, CHILD_ARGUMENT]
    : [process.execPath, main, CHILD_ARGUMENT];
}

/**
 * Starts the process of a child, with a session of its own, a channel for messages, and two streams to read.
 *
 * @throws {Error} the program cannot be started
 */
export function spawnChild(
  program: {
    command: readonly string[];
    environment: Readonly<Record<string, string>>;
  },
  on: { message: (message: ToServer) => void; disconnect: () => void },
): ChildProcess {
  return Bun.spawn([...program.command], {
    // A session of its own keeps the signals of the server's terminal away from the child.
    detached: true,
    // The child ends with the server, however the server ends: https://bun.com/docs/runtime/bunfig#run-noorphans-dont-leave-orphan-processes-behind
    env: { ...program.environment, BUN_FEATURE_FLAG_NO_ORPHANS: "1" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // All messages are JSON, which is cheaper than a structured clone.
    serialization: "json",
    ipc: on.message,
    onDisconnect: on.disconnect,
  });
}

/** Kills the process of a child at once, with every process it has started. */
export function killChild(child: ChildProcess): void {
  try {
    // The child leads a process group of its own.
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

/**
 * Reads how much memory a process uses.
 *
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
