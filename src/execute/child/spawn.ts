/** Starts the process of a child: a session of its own, a channel, and two streams to read. */
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
    // A session of its own: what is typed at the server's terminal is no signal to it.
    detached: true,
    // It ends with the server, however that ends: https://bun.com/docs/runtime/bunfig#run-noorphans-dont-leave-orphan-processes-behind
    env: { ...program.environment, BUN_FEATURE_FLAG_NO_ORPHANS: "1" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    serialization: "advanced",
    ipc: on.message,
    onDisconnect: on.disconnect,
  });
}
