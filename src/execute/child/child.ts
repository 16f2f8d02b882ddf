/** A child process as the server sees it: it starts, takes one task at a time, and ends, of itself or killed. */
import type { Log } from "../../log.ts";
import type { Task } from "../in-process.ts";
import type { Outcome } from "../../run/run.ts";
import { crashed } from "./crash.ts";
import { relayOutput } from "./output.ts";
import { type ChildProcess, spawnChild } from "./spawn.ts";
import type { Setup, ToChild, ToServer } from "./wire.ts";

/** How a child is started, and when it is stopped. */
export interface ChildOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly setup: Setup;
  /** How long a task may go on after its signal has aborted. */
  readonly graceMs: number;
  /** How long it may take to begin a task: code that an earlier one has left behind may hold its event loop. */
  readonly takeMs: number;
  readonly log: Log;
}

/** How long a child may take until it can run actions; each of their files may take 10 s. */
const START_TIMEOUT_MS = 30_000;
/** How long what a dead child has written may take to be read: something it started may hold its output open. */
const LAST_WORDS_MS = 1000;

interface Current {
  readonly task: Task;
  isTaken: boolean;
  /** Kills the process when it does not take the task. */
  readonly late: NodeJS.Timeout;
  readonly resolve: (outcome: Outcome | "not taken") => void;
}

export class Child {
  /** Resolves with the fingerprint of its catalog when it can run actions. Rejects when it cannot, with the reason. */
  readonly ready: Promise<string>;
  /** Resolves when the process is gone and all it has said is known. */
  readonly ended: Promise<void>;
  readonly #options: ChildOptions;
  readonly #process: ChildProcess;
  readonly #start = Promise.withResolvers<string>();
  readonly #disconnected = Promise.withResolvers<void>();
  #current: Current | undefined;
  #lastTask: Task | undefined;
  #taskCount = 0;
  #whyKilled: string | undefined;
  #isEnding = false;
  #hasEnded = false;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.ready = this.#start.promise;
    // Nobody may be waiting for it.
    this.ready.catch(() => undefined);
    this.#process = spawnChild(options, {
      message: (message) => {
        this.#hear(message);
      },
      disconnect: () => {
        this.#disconnected.resolve();
      },
    });
    this.ended = this.#untilEnded();
    const late = setTimeout(() => {
      this.kill(`It was not ready within ${START_TIMEOUT_MS / 1000} s.`);
    }, START_TIMEOUT_MS);
    void Promise.allSettled([this.ready]).then(() => {
      clearTimeout(late);
    });
    this.#tell(options.setup);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** How many tasks it was given. */
  get taskCount(): number {
    return this.#taskCount;
  }

  /** It was killed or dismissed, or is gone. */
  get isEnding(): boolean {
    return this.#isEnding || this.#hasEnded;
  }

  /**
   * Runs a task. When its signal aborts, the child is told, and killed when it goes on after the grace.
   *
   * @returns its outcome when its code has ended, `crashed` when the process has; "not taken" when the process was gone
   *   before the code was called
   */
  async run(task: Task): Promise<Outcome | "not taken"> {
    if (this.#hasEnded) return "not taken";
    const { promise, resolve } = Promise.withResolvers<Outcome | "not taken">();
    const { takeMs, graceMs } = this.#options;
    const late = setTimeout(() => {
      this.kill(
        `A child process did not take a run within ${takeMs / 1000} s.`,
      );
    }, takeMs);
    this.#current = { task, isTaken: false, late, resolve };
    this.#lastTask = task;
    this.#taskCount += 1;
    this.#tell({
      kind: "run",
      id: task.id,
      requestId: task.requestId,
      attempt: task.attempt,
      package: task.entry.package,
      action: task.entry.name,
      input: JSON.stringify(task.input),
    });
    let grace: NodeJS.Timeout | undefined;
    const abort = () => {
      this.#tell({ kind: "abort", message: toMessage(task.signal) });
      grace = setTimeout(() => {
        this.#warn("The code of a run did not heed its signal: killed.");
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
   * Ends the process at once, with everything it has started.
   *
   * @param reason for the outcome of the task it is busy with
   */
  kill(reason?: string): void {
    if (this.#hasEnded) return;
    this.#isEnding = true;
    this.#whyKilled ??= reason;
    if (reason !== undefined) this.#warn(reason);
    try {
      // It leads a group of its own.
      process.kill(-this.pid, "SIGKILL");
    } catch {
      this.#process.kill("SIGKILL");
    }
  }

  /** Lets an idle child end of itself. */
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

  #hear(message: ToServer): void {
    switch (message.kind) {
      case "ready":
        this.#start.resolve(message.fingerprint);
        break;
      case "broken":
        this.#start.reject(new Error(message.reason));
        break;
      case "taken":
        if (this.#current === undefined) break;
        this.#current.isTaken = true;
        clearTimeout(this.#current.late);
        break;
      case "ended":
        this.#current?.resolve(message.outcome);
    }
  }

  /** A channel that is closed already says so by throwing; what becomes of the task is decided when the process is gone. */
  #tell(message: ToChild): void {
    try {
      this.#process.send(message);
    } catch (error) {
      this.#options.log.debug("A child process cannot be told any more.", {
        child_pid: this.pid,
        error,
      });
    }
  }

  async #untilEnded(): Promise<void> {
    const child = this.#process;
    const fields = () => this.#toFields();
    const { log } = this.#options;
    const output = Promise.all([
      relayOutput({ stream: child.stdout, level: "info" }, log, fields),
      relayOutput({ stream: child.stderr, level: "warn" }, log, fields),
      // What it said before its end may arrive after it.
      this.#disconnected.promise,
    ]);
    await child.exited;
    this.#hasEnded = true;
    await Promise.race([output, Bun.sleep(LAST_WORDS_MS)]);
    const { exitCode, signalCode } = child;
    const end = { exitCode, signal: signalCode, reason: this.#whyKilled };
    const outcome = crashed(end);
    this.#start.reject(new Error(outcome.error.message));
    const current = this.#current;
    if (!this.#isEnding)
      this.#warn(`A child process is gone. ${outcome.error.message}`);
    current?.resolve(current.isTaken ? outcome : "not taken");
  }

  #warn(message: string): void {
    this.#options.log.warn(message, this.#toFields());
  }

  /** What an idle child says was most likely left behind by its last task. */
  #toFields(): Readonly<Record<string, unknown>> {
    const task = this.#lastTask;
    if (task === undefined) return { child_pid: this.pid };
    return {
      run_id: task.id,
      action_id: task.entry.address,
      child_pid: this.pid,
    };
  }
}

function toMessage({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}
