/** A child process as the server sees it: it starts, runs one task at a time, and ends by itself or is killed. */
import pTimeout from "p-timeout";
import type { Log } from "../../log.ts";
import type { Task } from "../task.ts";
import type { Outcome } from "../../run/run.ts";
import type { Secrets } from "../../secrets/vault.ts";
import type { ChildArtifacts, Reports } from "../reports.ts";
import { crashed } from "./crash.ts";
import { type ChildProcess, killChild, spawnChild } from "./process.ts";
import { Relay } from "./relay.ts";
import type { Setup, ToChild, ToServer } from "./wire.ts";

/** The options of a child: how it is started, and when it is killed. */
export interface ChildOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly setup: Setup;
  /** How long a task may go on after its signal has aborted. */
  readonly graceMs: number;
  /** How long it may take to begin a task. Code that an earlier task left behind may block its event loop. */
  readonly takeMs: number;
  readonly log: Log;
  readonly reports: Reports;
  readonly artifacts: ChildArtifacts;
  /** Finds the secrets of a run. */
  readonly secretsOf: (task: Task) => Secrets;
}

/** How long a child may take until it can run actions; the import of each of their files may take 10 s. */
const START_TIMEOUT_MS = 30_000;
/** How long to read the last output of a dead child: a process that it started may keep the output open. */
const LAST_OUTPUT_MS = 1000;

interface Current {
  readonly task: Task;
  isTaken: boolean;
  /** The timer that kills the process if it does not take the task. */
  readonly late: NodeJS.Timeout;
  readonly resolve: (outcome: Outcome | "not taken") => void;
}

export class Child {
  /** Resolves with the version of its code when it can run actions, or rejects with the reason when it cannot. */
  readonly ready: Promise<string>;
  /** Resolves when the process has ended and all its messages and output have been read. */
  readonly ended: Promise<void>;
  readonly #options: ChildOptions;
  readonly #process: ChildProcess;
  readonly #start = Promise.withResolvers<string>();
  readonly #disconnected = Promise.withResolvers<void>();
  readonly #relay: Relay;
  #current: Current | undefined;
  /** Those of its large result that have come. */
  #parts: string[] = [];
  #taskCount = 0;
  #version: string | undefined;
  #killReason: string | undefined;
  #isEnding = false;
  #isKilled = false;
  #hasEnded = false;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#process = spawnChild(options, {
      message: (message) => {
        this.#receive(message);
      },
      disconnect: () => {
        this.#disconnected.resolve();
      },
    });
    this.#relay = new Relay(this.#process, options);
    this.ended = this.#untilEnded();
    this.ready = pTimeout(this.#start.promise, {
      milliseconds: START_TIMEOUT_MS,
      fallback: () => {
        this.kill(
          `The child process was not ready within ${START_TIMEOUT_MS / 1000} s.`,
        );
        return this.#start.promise;
      },
    });
    // A rejection is not unhandled, even when nobody waits for it.
    this.ready.catch(() => undefined);
    this.#send(options.setup);
  }

  /** The version of its code; undefined until it is ready. */
  get version(): string | undefined {
    return this.#version;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The number of tasks it was given. */
  get taskCount(): number {
    return this.#taskCount;
  }

  /** Why it has ended: it was killed, it was dismissed, or nobody knows. */
  get endedBy(): "kill" | "dismissal" | "crash" {
    if (this.#isKilled) return "kill";
    return this.#isEnding ? "dismissal" : "crash";
  }

  /** Whether it was killed or dismissed, or has ended. */
  get isEnding(): boolean {
    return this.#isEnding || this.#hasEnded;
  }

  /**
   * Runs a task. When its signal aborts, the child is told, and killed if the code goes on after the grace period.
   *
   * @returns the outcome when the code has ended, a `crashed` outcome when the process ended first, or "not taken" when
   *   the process ended before it called the code
   */
  async run(task: Task): Promise<Outcome | "not taken"> {
    if (this.#hasEnded) return "not taken";
    const { promise, resolve } = Promise.withResolvers<Outcome | "not taken">();
    const { takeMs, graceMs } = this.#options;
    const late = setTimeout(() => {
      this.kill(
        `The child process did not begin the run within ${takeMs / 1000} s.`,
      );
    }, takeMs);
    this.#current = { task, isTaken: false, late, resolve };
    this.#relay.follow(task);
    this.#taskCount += 1;
    this.#send(toRunMessage(task, this.#options));
    let grace: NodeJS.Timeout | undefined;
    const abort = () => {
      this.#send({ kind: "abort", message: toMessage(task.signal) });
      grace = setTimeout(() => {
        this.#relay.warn(
          `The run went on for ${graceMs / 1000} s after its signal had aborted, so its process was killed.`,
        );
        this.kill();
      }, graceMs);
    };
    if (task.signal.aborted) abort();
    else task.signal.addEventListener("abort", abort);
    try {
      return await promise;
    } finally {
      clearTimeout(grace);
      clearTimeout(late);
      task.signal.removeEventListener("abort", abort);
      this.#current = undefined;
    }
  }

  /**
   * Kills the process at once, with every process it has started.
   *
   * @param reason the message in the outcome of the task that it is running
   */
  kill(reason?: string): void {
    if (this.#hasEnded) return;
    this.#isEnding = true;
    this.#isKilled = true;
    this.#killReason ??= reason;
    if (reason !== undefined) this.#relay.warn(reason);
    killChild(this.#process);
  }

  /** Lets an idle child end by itself. */
  dismiss(): void {
    this.#isEnding = true;
    this.#process.disconnect();
    const late = setTimeout(() => {
      this.kill();
    }, this.#options.graceMs);
    void this.ended.then(() => {
      clearTimeout(late);
    });
  }

  #receive(message: ToServer): void {
    switch (message.kind) {
      case "ready":
        this.#version = message.version;
        this.#start.resolve(message.version);
        break;
      case "broken":
        this.#start.reject(new Error(message.reason));
        break;
      case "taken":
        if (this.#current === undefined) break;
        this.#current.isTaken = true;
        clearTimeout(this.#current.late);
        break;
      case "progress":
        if (this.#current === undefined) break;
        this.#options.reports.progress(this.#current.task, message.progress);
        break;
      case "chunk":
        this.#current?.task.addChunk?.(message.text);
        break;
      case "artifact":
        if (this.#current === undefined) break;
        this.#options.artifacts.count(this.#current.task, message.bytes);
        break;
      case "thrown":
        void this.#throw(message);
        break;
      case "part":
        this.#parts.push(message.text);
        break;
      case "ended":
        void this.#end(message);
    }
  }

  /** What the run has logged before is read first. */
  async #throw(thrown: Extract<ToServer, { kind: "thrown" }>): Promise<void> {
    const current = this.#current;
    const { message, error, markCount } = thrown;
    const read = this.#relay.until(markCount);
    if (read !== undefined) await read;
    if (current !== undefined)
      this.#options.reports.thrown(current.task, message, error);
  }

  /** What the run has logged is read before its outcome is told. */
  async #end(ended: Extract<ToServer, { kind: "ended" }>): Promise<void> {
    const current = this.#current;
    const parts = this.#parts;
    this.#parts = [];
    const read = this.#relay.until(ended.markCount);
    if (read !== undefined) await read;
    const { outcome } = ended;
    if (parts.length === 0 || outcome.status !== "passed")
      current?.resolve(outcome);
    else current?.resolve({ ...outcome, result: parts.join("") });
  }

  /** Sends a message. A closed channel throws; what becomes of the task is decided when the process has ended. */
  #send(sent: ToChild): void {
    try {
      this.#process.send(sent);
    } catch (error) {
      const fields = { child_pid: this.pid, error };
      const message = "A message could not be sent to a child process.";
      this.#options.log.debug(message, fields);
    }
  }

  async #untilEnded(): Promise<void> {
    const child = this.#process;
    const output = Promise.all([
      this.#relay.ended,
      // Messages that it sent before its end may arrive later.
      this.#disconnected.promise,
    ]);
    await child.exited;
    this.#hasEnded = true;
    await pTimeout(output, {
      milliseconds: LAST_OUTPUT_MS,
      fallback: () => undefined,
    });
    const { exitCode, signalCode } = child;
    const end = { exitCode, signal: signalCode, reason: this.#killReason };
    const outcome = crashed(end);
    this.#start.reject(new Error(outcome.error.message));
    const current = this.#current;
    if (!this.#isEnding)
      this.#relay.warn(
        `A child process ended unexpectedly. ${outcome.error.message}`,
      );
    current?.resolve(current.isTaken ? outcome : "not taken");
  }
}

function toRunMessage(
  task: Task,
  { artifacts, secretsOf }: Pick<ChildOptions, "artifacts" | "secretsOf">,
): ToChild {
  const { sent } = task;
  return {
    kind: "run",
    id: task.id,
    requestId: task.requestId,
    attempt: task.attempt,
    version: task.entry.version,
    package: task.entry.package,
    action: task.entry.name,
    input: JSON.stringify(task.input),
    artifactRoom: artifacts.left,
    secrets: secretsOf(task),
    sent: sent && {
      headers: [...sent.headers],
      cookie: sent.get("cookie"),
      contexts: sent.contexts,
    },
    callerName: task.callerName,
    traceparent: task.traceparent,
    tracestate: task.tracestate,
  };
}

function toMessage({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}
