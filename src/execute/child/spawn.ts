/** Starts the process of a child, with a session of its own, a channel for messages, and two streams to read. */
import type { Subprocess } from "bun";
import type { ToServer } from "./wire.ts";

export type ChildProcess = Subprocess<"ignore", "pipe", "pipe">;

/** @throws {Error} the program cannot be started */
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
    serialization: "advanced",
    ipc: on.message,
    onDisconnect: on.disconnect,
  });
}
