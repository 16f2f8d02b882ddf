/** Keeps the server alive and its output clean, whatever an action does to the process they share. */
import { Console } from "node:console";
import { Writable } from "node:stream";
import type { Log } from "../log.ts";
import { currentTask } from "./execute.ts";

/**
 * Actions are trusted code, but a mistake in one must not end the others: a stray throw or rejection is logged, with
 * its run where that can be known; ending the process throws inside the action; what it prints becomes log lines.
 *
 * Not defended against: an endless loop, memory, and code that removes these guards on purpose.
 */
export function guardProcess(log: Log): void {
  process.on("uncaughtException", (error) => {
    log.error("An action threw outside of its run.", { ...origin(), error });
  });
  process.on("unhandledRejection", (error) => {
    log.error("An action left a rejected promise behind.", {
      ...origin(),
      error,
    });
  });
  forbidEnd();
  captureOutput(log);
}

function origin(): { run_id?: string; action_id?: string } {
  const task = currentTask();
  if (task === undefined) return {};
  return { run_id: task.id, action_id: task.entry.address };
}

function forbidEnd(): void {
  const forbid = (name: string) => (): never => {
    throw new Error(
      `${name} would end the server for everybody: an action ends by returning or throwing.`,
    );
  };
  const kill = process.kill.bind(process);
  Object.assign(process, {
    exit: forbid("process.exit"),
    reallyExit: forbid("process.reallyExit"),
    abort: forbid("process.abort"),
    kill: (pid: number, signal?: string | number) =>
      pid === process.pid && signal !== 0
        ? forbid("process.kill on the server itself")()
        : kill(pid, signal),
  });
}

/** Standard output belongs to the server's one line, standard error to its log. */
function captureOutput(log: Log): void {
  const toLog = (level: "info" | "warn") =>
    new Writable({
      decodeStrings: false,
      write(chunk: string | Uint8Array, _encoding, done) {
        const text =
          typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
        log[level](text.trimEnd(), origin());
        done();
      },
    });
  const stdout = toLog("info");
  const stderr = toLog("warn");
  globalThis.console = new Console({ stdout, stderr }) as typeof console;
  process.stdout.write = stdout.write.bind(
    stdout,
  ) as typeof process.stdout.write;
}
