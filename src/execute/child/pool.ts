/** A pool of child processes, some of which are kept warm: each runs one task at a time. */
import type { Log } from "../../log.ts";
import type { Executor, Task } from "../in-process.ts";
import { cancelled } from "../../run/outcome.ts";
import type { Outcome } from "../../run/run.ts";
import { Backoff } from "./backoff.ts";
import { Child, type ChildOptions } from "./child.ts";
import { notStarted } from "./crash.ts";
import { IdleChildren } from "./idle.ts";
import { readMemory } from "./memory.ts";

export interface PoolOptions {
  readonly child: ChildOptions;
  /** How many idle children are kept. */
  readonly warm: number;
  /** How many children there are at most. */
  readonly max: number;
  /** Bytes of memory beyond which a child is replaced, and the task it is busy with fails. */
  readonly maxMemory: number;
  /** Of the catalog the server has. */
  readonly fingerprint: string;
  readonly log: Log;
}

/** A child is replaced after so many tasks: what they have left behind goes with it. */
const MAX_TASKS = 1000;
/** How often the children's memory is looked at. */
const LOOK_MS = 250;
/** After so many children that were gone before they began a task, it fails. */
const MAX_HAND_OVERS = 3;

interface Waiting {
  readonly resolve: (child: Child | "not started" | "aborted") => void;
}

export class Pool implements AsyncDisposable {
  readonly #options: PoolOptions;
  readonly #idle = new IdleChildren();
  /** Every child that has not ended, whatever it does. */
  readonly #children = new Set<Child>();
  readonly #busy = new Set<Child>();
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;
  readonly #backoff = new Backoff(() => {
    this.#fill();
  });
  #lastFailure = "";
  #hasWarned = false;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Starts the warm children. */
  start(): void {
    this.#timer = setInterval(() => {
      this.#look();
    }, LOOK_MS);
    this.#timer.unref();
    this.#fill();
  }

  /** Runs a task in a child; when all are busy it waits for one. */
  readonly execute: Executor = async (task) => {
    for (let count = 0; count < MAX_HAND_OVERS; count += 1) {
      const child = await this.#take(task.signal);
      if (child === "not started") return notStarted(this.#lastFailure);
      // The outcome of a task that was interrupted is recorded already.
      if (child === "aborted") return aborted();
      const outcome = await this.#run(child, task);
      if (outcome !== "not taken") return outcome;
    }
    return notStarted(
      `${MAX_HAND_OVERS} in a row were gone before they began the run.`,
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
    // The next one starts while this one works.
    this.#fill();
    const outcome = await child.run(task);
    this.#busy.delete(child);
    if (outcome === "not taken") this.#backoff.onUseless();
    else this.#backoff.onUseful();
    if (child.isEnding) return outcome;
    if (child.taskCount >= MAX_TASKS || this.#isTooLarge(child)) {
      child.dismiss();
      return outcome;
    }
    this.#offer(child);
    return outcome;
  }

  /** Waits for a child. The first who waits is served first. */
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
      // At once: a child that is offered to nobody would be lost.
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

  /** Gives a child that is free to the first who waits. */
  #offer(child: Child): void {
    const [waiting] = this.#waiting;
    if (waiting === undefined) {
      this.#idle.add(child);
      return;
    }
    this.#waiting.delete(waiting);
    waiting.resolve(child);
  }

  /** Starts children until there is one for each who works and waits, and the warm ones; never more than the most. */
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
    let isReady = false;
    child.ready.then(
      (fingerprint) => {
        isReady = true;
        this.#backoff.onStarted();
        this.#compare(fingerprint);
        this.#offer(child);
      },
      (error: unknown) => {
        if (!this.#isClosed) this.#onFailedStart(error as Error);
      },
    );
    void child.ended.then(() => {
      this.#children.delete(child);
      this.#idle.remove(child);
      if (isReady && child.taskCount === 0) this.#backoff.onUseless();
      this.#fill();
    });
  }

  #onFailedStart(error: Error): void {
    this.#backoff.onFailedStart();
    const count = this.#backoff.failedStartCount;
    this.#lastFailure = error.message;
    this.#options.log.error("A child process did not start.", { error, count });
    if (this.#backoff.isHopeless) this.#answerAll("not started");
  }

  #answerAll(answer: "not started" | "aborted"): void {
    for (const { resolve } of this.#waiting) resolve(answer);
    this.#waiting.clear();
  }

  #compare(fingerprint: string): void {
    if (this.#hasWarned || fingerprint === this.#options.fingerprint) return;
    this.#hasWarned = true;
    this.#options.log.warn(
      "The actions in the folder are no longer those the server started with: start it again, so that it knows them.",
    );
  }

  #isTooLarge(child: Child): boolean {
    return (readMemory(child.pid) ?? 0) > this.#options.maxMemory;
  }

  /** Ends what has grown too large, and what is not needed any more. */
  #look(): void {
    for (const child of this.#children)
      if (this.#isTooLarge(child))
        child.kill(
          `The process of the run used more than the ${this.#options.maxMemory} bytes of memory a child may have (--child-memory).`,
        );
    this.#idle.dismissBeyond(this.#options.warm);
  }
}

function aborted(): Outcome {
  return cancelled("run_cancelled", "The run was ended before its code began.");
}
