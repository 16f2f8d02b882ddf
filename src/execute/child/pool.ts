/** A pool of child processes, some of which are kept warm. Each runs one task at a time. */
import type { Log } from "../../log.ts";
import type { Executor, Task } from "../task.ts";
import { cancelled } from "../outcome.ts";
import type { Outcome } from "../../run/run.ts";
import { Backoff } from "./backoff.ts";
import { Child, type ChildOptions } from "./child.ts";
import { notStarted } from "./crash.ts";
import { IdleChildren } from "./idle.ts";
import { readMemory } from "./process.ts";

export interface PoolOptions {
  readonly child: ChildOptions;
  /** The number of idle children that are kept. */
  readonly warm: number;
  /** The largest number of children. */
  readonly max: number;
  /** The number of tasks after which a child is replaced, so that whatever they left behind is gone. */
  readonly maxTasks: number;
  /** The bytes of memory beyond which a child is replaced, and the task that it is running fails. */
  readonly maxMemory: number;
  /** The version of the code that children must have. */
  readonly version: string;
  readonly log: Log;
}

/** How often the memory of a child is read at most after its tasks: reading it takes as long as a short task. */
const LOOK_MS = 10;
/** The time between two checks of the children's memory. */
const CHECK_MS = 250;
/** The number of children that may end before they begin a task; then the task fails. */
const MAX_HAND_OVERS = 3;

/** What has become of the children so far. */
export interface ChildCounts {
  /** Children that are running a task, and all others that have not ended. */
  readonly running: number;
  readonly idle: number;
  /** How many there may be. */
  readonly max: number;
  /** Since the server started. */
  readonly started: number;
  readonly ended: Readonly<Record<Child["endedBy"], number>>;
}

interface Waiting {
  readonly resolve: (child: Child | "not started" | "aborted") => void;
}

export class Pool implements AsyncDisposable {
  readonly #options: PoolOptions;
  readonly #idle = new IdleChildren();
  /** Every child that has not ended. */
  readonly #children = new Set<Child>();
  readonly #busy = new Set<Child>();
  readonly #waiting = new Set<Waiting>();
  /** When the memory of each child was last read after a task. */
  readonly #lookedAt = new WeakMap<Child, number>();
  #timer: NodeJS.Timeout | undefined;
  readonly #backoff = new Backoff(() => {
    this.#fill();
  });
  #version: string;
  #lastFailure = "";
  #startedCount = 0;
  readonly #ended = { kill: 0, dismissal: 0, crash: 0 };
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#version = options.version;
  }

  get counts(): ChildCounts {
    const running = this.#busy.size;
    return {
      running,
      idle: this.#children.size - running,
      max: this.#options.max,
      started: this.#startedCount,
      ended: { ...this.#ended },
    };
  }

  /** Starts the warm children. A second call changes nothing. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.#check();
    }, CHECK_MS);
    this.#timer.unref();
    this.#fill();
  }

  /** From now on tasks are run by children of this version. Those of another one end, each after the task it is running. */
  changeTo(version: string): void {
    this.#version = version;
    for (const child of this.#children)
      if (!this.#busy.has(child) && this.#isOld(child)) {
        this.#idle.remove(child);
        child.dismiss();
      }
    this.#backoff.reset();
    if (this.#timer !== undefined) this.#fill();
  }

  /** Runs a task in a child, and waits for one when all are busy. */
  readonly execute: Executor = async (task) => {
    for (let count = 0; count < MAX_HAND_OVERS; count += 1) {
      const child = await this.#take(task.signal);
      if (child === "not started") return notStarted(this.#lastFailure);
      // The outcome of an aborted task is already recorded.
      if (child === "aborted") return aborted();
      const outcome = await this.#run(child, task);
      if (outcome !== "not taken") return outcome;
    }
    return notStarted(
      `${MAX_HAND_OVERS} child processes in a row ended before they began the run.`,
    );
  };

  /** Ends every child, idle or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#backoff[Symbol.dispose]();
    this.#answerAll("aborted");
    const children = [...this.#children];
    for (const child of children) {
      if (this.#busy.has(child)) child.kill();
      else child.dismiss();
    }
    await Promise.all(children.map(({ ended }) => ended));
  }

  async #run(child: Child, task: Task): Promise<Outcome | "not taken"> {
    this.#busy.add(child);
    // The next child starts while this one works.
    this.#fill();
    const outcome = await child.run(task);
    this.#busy.delete(child);
    if (outcome === "not taken") this.#backoff.onUseless();
    else this.#backoff.onUseful();
    if (child.isEnding) return outcome;
    if (
      child.taskCount >= this.#options.maxTasks ||
      this.#isOld(child) ||
      this.#hasGrown(child)
    ) {
      child.dismiss();
      return outcome;
    }
    this.#offer(child);
    return outcome;
  }

  /** Waits for a child: first come, first served. */
  async #take(signal: AbortSignal): Promise<Child | "not started" | "aborted"> {
    if (signal.aborted || this.#isClosed) return "aborted";
    const child = this.#idle.take();
    if (child !== undefined) return child;
    if (this.#backoff.isHopeless) return "not started";
    const { promise, resolve } = Promise.withResolvers<
      Child | "not started" | "aborted"
    >();
    const waiting = { resolve };
    const abort = () => {
      // This must happen at once: a child that is offered to a task that has gone would be lost.
      this.#waiting.delete(waiting);
      resolve("aborted");
    };
    this.#waiting.add(waiting);
    signal.addEventListener("abort", abort);
    this.#fill();
    try {
      return await promise;
    } finally {
      this.#waiting.delete(waiting);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Gives an idle child to the task that has waited longest. */
  #offer(child: Child): void {
    const [waiting] = this.#waiting;
    if (waiting === undefined) {
      this.#idle.add(child);
      return;
    }
    this.#waiting.delete(waiting);
    waiting.resolve(child);
  }

  /** Starts children until there is one for each running and waiting task, and the warm ones, but at most `max`. */
  #fill(): void {
    if (this.#isClosed) return;
    const { warm, max } = this.#options;
    const wanted = this.#busy.size + this.#waiting.size + warm;
    while (this.#children.size < Math.min(max, wanted)) {
      if (this.#backoff.isWaiting) return;
      this.#start();
    }
  }

  #start(): void {
    let child: Child;
    try {
      child = new Child(this.#options.child);
    } catch (error) {
      this.#onFailedStart(error as Error);
      return;
    }
    this.#children.add(child);
    this.#startedCount += 1;
    const wanted = this.#version;
    let isReady = false;
    child.ready.then(
      (version) => {
        if (version !== this.#version) {
          child.dismiss();
          // Its code was replaced while it started.
          if (wanted !== this.#version) return;
          this.#onFailedStart(
            new Error(
              "The actions in the folder have changed since the server loaded them. Restart the server to load them, or start it with --watch.",
            ),
          );
          return;
        }
        isReady = true;
        this.#backoff.onStarted();
        this.#offer(child);
      },
      (error: unknown) => {
        if (!this.#isClosed) this.#onFailedStart(error as Error);
      },
    );
    void child.ended.then(() => {
      this.#children.delete(child);
      this.#ended[child.endedBy] += 1;
      this.#idle.remove(child);
      if (isReady && child.taskCount === 0) this.#backoff.onUseless();
      this.#fill();
    });
  }

  #onFailedStart(error: Error): void {
    this.#backoff.onFailedStart();
    const count = this.#backoff.failedStartCount;
    this.#lastFailure = error.message;
    this.#options.log.error("A child process could not be started.", {
      error,
      count,
    });
    if (this.#backoff.isHopeless) this.#answerAll("not started");
  }

  #answerAll(answer: "not started" | "aborted"): void {
    for (const { resolve } of this.#waiting) resolve(answer);
    this.#waiting.clear();
  }

  /** A child that is not ready yet may still turn out to have the right version. */
  #isOld({ version }: Child): boolean {
    return version !== undefined && version !== this.#version;
  }

  #hasGrown(child: Child): boolean {
    const now = performance.now();
    if (now - (this.#lookedAt.get(child) ?? -Infinity) < LOOK_MS) return false;
    this.#lookedAt.set(child, now);
    return this.#isTooLarge(child);
  }

  #isTooLarge(child: Child): boolean {
    return (readMemory(child.pid) ?? 0) > this.#options.maxMemory;
  }

  /** Kills children that have grown too large, and dismisses surplus ones. */
  #check(): void {
    for (const child of this.#children)
      if (this.#isTooLarge(child))
        child.kill(
          `The process of the run used more than ${this.#options.maxMemory} bytes of memory, which is the limit (--child-memory).`,
        );
    this.#idle.dismissBeyond(this.#options.warm);
  }
}

function aborted(): Outcome {
  return cancelled("run_cancelled", "The run was ended before its code began.");
}
