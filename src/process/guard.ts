/** Keeps the server alive and its output clean, whatever an action does to the process that they share. */
import { Console } from "node:console";
import { Writable } from "node:stream";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { Log } from "../log.ts";
import { currentCulprit, findCulprit } from "./culprit.ts";
import { noteLine } from "../execute/context.ts";

/**
 * Actions are trusted code, but a mistake in one of them must not end the others. A stray throw or rejection is logged,
 * with its run if that is known. An attempt to end the process throws inside the action. What an action prints becomes
 * log lines.
 *
 * These guards do not help against an endless loop, a lack of memory, or code that removes them on purpose.
 *
 * @param entries returns the actions of the current catalog
 */
export function guardProcess(
  log: Log,
  entries: () => readonly CatalogEntry[],
): void {
  reportStrays(log, entries);
  forbidEnd();
  captureOutput(log);
}

/** Logs what is thrown or rejected outside of a run, which would otherwise end the process. */
export function reportStrays(
  log: Log,
  entries: () => readonly CatalogEntry[],
): void {
  const report = (what: string) => (error: unknown) => {
    const culprit = findCulprit(error, entries());
    const isKnown = Object.keys(culprit).length > 0;
    const message = `${isKnown ? "An action" : "Something"} ${what}`;
    log.error(message, { ...culprit, error });
    noteLine("error", message, { error });
  };
  const reportThrow = report("threw an error outside of its run.");
  process.on("uncaughtException", reportThrow);
  process.on(
    "unhandledRejection",
    report("left a rejected promise unhandled."),
  );
  reportFromMicrotasks(reportThrow);
}

/** Reports errors inside microtasks: when Bun reports them, their async context, and with it the run, is lost. */
function reportFromMicrotasks(report: (error: unknown) => void): void {
  const queue = globalThis.queueMicrotask;
  globalThis.queueMicrotask = (callback) => {
    // The original refuses anything but a function.
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
      `${name} would end the server for everybody. An action ends by returning or throwing.`,
    );
  };
  const kill = process.kill.bind(process);
  // 0 and negative numbers are process groups: https://man7.org/linux/man-pages/man2/kill.2.html
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

/**
 * Turns everything that is printed into log lines. Standard output is reserved for the server's one line and standard error
 * for its log, and the server writes to neither through these objects.
 */
export function captureOutput(log: Log): void {
  const toLog = (level: "info" | "warn") =>
    new Writable({
      decodeStrings: false,
      write(chunk: string | Uint8Array, _encoding, done) {
        const text =
          typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
        const line = text.trimEnd();
        log[level](line, { ...currentCulprit() });
        noteLine(level, line);
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
