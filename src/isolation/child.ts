/** A child process as the server sees it: it starts, takes one task at a time, and ends, of itself or killed. */
import type { Subprocess } from "bun";
import type { Log } from "../log.ts";
import type { Task } from "../run/execute.ts";
import type { Outcome } from "../run/run.ts";
import { crashed } from "./crash.ts";
import { relayOutput } from "./output.ts";
import type { Setup, ToChild, ToServer } from "./wire.ts";

/** How a child is started, and when it is stopped. */
export interface ChildOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly setup: Setup;
  /** How long a task may go on after its signal has aborted. */
  readonly graceMs: number;
  readonly log: Log;
}

/** How long a child may take until it can run actions; each of their files may take 10 s. */
const START_TIMEOUT_MS = 30_000;
/** How long what a dead child has written may take to be read: something it started may hold its output open. */
const LAST_WORDS_MS = 1000;

type Process = Subprocess<"ignore", "pipe", "pipe">;

interface Current {
  readonly task: Task;
  isTaken: boolean;
  readonly resolve: (outcome: Outcome | "not taken") => void;
}

export class Child {
  /** Resolves with the fingerprint of its catalog when it can run actions. Rejects when it cannot, with the reason. */
  readonly ready: Promise<string>;
  /** Resolves when the process is gone and all it has said is known. */
  readonly ended: Promise<void>;
  readonly #options: ChildOptions;
  readonly #process: Process;
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
    this.#process = this.#spawn();
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
    this.#current = { task, isTaken: false, resolve };
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
      }, this.#options.graceMs);
    };
    if (task.signal.aborted) abort();
    else task.signal.addEventListener("abort", abort);
    try {
      return await promise;
    } finally {
      clearTimeout(grace);
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

  #spawn(): Process {
    const { command, environment } = this.#options;
    return Bun.spawn([...command], {
      // A session of its own: what is typed at the server's terminal is no signal to it.
      detached: true,
      // It ends with the server, however that ends: https://bun.com/docs/runtime/bunfig#run-noorphans-dont-leave-orphan-processes-behind
      env: { ...environment, BUN_FEATURE_FLAG_NO_ORPHANS: "1" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      serialization: "advanced",
      ipc: (message: ToServer) => {
        this.#hear(message);
      },
      onDisconnect: () => {
        this.#disconnected.resolve();
      },
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
        if (this.#current !== undefined) this.#current.isTaken = true;
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
