/** Keeps the server alive and its output clean, whatever an action does to the process they share. */
import { Console } from "node:console";
import { Writable } from "node:stream";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { Log } from "../log.ts";
import { currentOrigin, findOrigin } from "./culprit.ts";

/**
 * Actions are trusted code, but a mistake in one must not end the others: a stray throw or rejection is logged, with
 * its run where that can be known; ending the process throws inside the action; what it prints becomes log lines.
 *
 * Not defended against: an endless loop, memory, and code that removes these guards on purpose.
 *
 * @param entries the actions that there are now
 */
export function guardProcess(
  log: Log,
  entries: () => readonly CatalogEntry[],
): void {
  reportStrays(log, entries);
  forbidEnd();
  captureOutput(log);
}

/** What is thrown and rejected outside of a run is logged, instead of ending the process. */
export function reportStrays(
  log: Log,
  entries: () => readonly CatalogEntry[],
): void {
  const report = (what: string) => (error: unknown) => {
    const origin = findOrigin(error, entries());
    const isKnown = Object.keys(origin).length > 0;
    log.error(`${isKnown ? "An action" : "Something"} ${what}`, {
      ...origin,
      error,
    });
  };
  const reportThrow = report("threw outside of its run.");
  process.on("uncaughtException", reportThrow);
  process.on("unhandledRejection", report("left a rejected promise behind."));
  reportFromMicrotasks(reportThrow);
}

/** When Bun says that a microtask threw, its async context, and with it the run, is gone. */
function reportFromMicrotasks(report: (error: unknown) => void): void {
  const queue = globalThis.queueMicrotask;
  globalThis.queueMicrotask = (callback) => {
    // What is no function it refuses itself.
    if (typeof callback !== "function") queue(callback);
    queue(() => {
      try {
        callback();
      } catch (error) {
        report(error);
      }
    });
  };
}

function forbidEnd(): void {
  const forbid = (name: string) => (): never => {
    throw new Error(
      `${name} would end the server for everybody: an action ends by returning or throwing.`,
    );
  };
  const kill = process.kill.bind(process);
  // 0 and a negative number are groups of processes: https://man7.org/linux/man-pages/man2/kill.2.html
  const own = new Set([process.pid, 0, -process.pid]);
  Object.assign(process, {
    exit: forbid("process.exit"),
    reallyExit: forbid("process.reallyExit"),
    abort: forbid("process.abort"),
    execve: forbid("process.execve"),
    kill: (pid: unknown, signal?: string | number) =>
      own.has(Number(pid)) && signal !== 0
        ? forbid("process.kill on the server itself")()
        : kill(pid as number, signal),
  });
}

/** Standard output belongs to the server's one line, standard error to its log, which does not write by way of these. */
export function captureOutput(log: Log): void {
  const toLog = (level: "info" | "warn") =>
    new Writable({
      decodeStrings: false,
      write(chunk: string | Uint8Array, _encoding, done) {
        const text =
          typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
        log[level](text.trimEnd(), { ...currentOrigin() });
        done();
      },
    });
  const stdout = toLog("info");
  const stderr = toLog("warn");
  globalThis.console = new Console({ stdout, stderr }) as typeof console;
  const bind = (stream: Writable) =>
    stream.write.bind(stream) as typeof process.stdout.write;
  process.stdout.write = bind(stdout);
  process.stderr.write = bind(stderr);
}
