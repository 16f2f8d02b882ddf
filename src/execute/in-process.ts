/** Runs an action's code in the server's own process. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { RunContext } from "../action/definition.ts";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { Log } from "../log.ts";
import { toFailed, toPassed } from "../run/outcome.ts";
import type { Heartbeat } from "../process/heartbeat.ts";
import type { Outcome, RunId } from "../run/run.ts";

/** What an executor needs to know about a run. */
export interface Task {
  readonly id: RunId;
  readonly requestId: string;
  readonly attempt: number;
  readonly entry: CatalogEntry;
  readonly input: unknown;
  /** The signal that aborts when the code should end. */
  readonly signal: AbortSignal;
  readonly isEndedEarly: boolean;
}

/** Runs the code of a task. The promise never rejects, and resolves when the code has really ended. */
export type Executor = (task: Task) => Promise<Outcome>;

const running = new AsyncLocalStorage<Task>();

/** @returns the task whose code is running now, as far as that is known */
export function currentTask(): Task | undefined {
  return running.getStore();
}

/**
 * @param options.heartbeat shows which actions are running
 * @returns the executor that calls actions as functions; their signal can only ask them to stop
 */
export function createInProcessExecutor(options: {
  log: Log;
  maxResultBytes: number;
  heartbeat: Heartbeat;
}): Executor {
  const { heartbeat } = options;
  return async (task) => {
    const { entry, input } = task;
    const context = new TaskContext(task, options.log);
    const cell = heartbeat.enter(entry.address);
    try {
      const returned: unknown = running.run(task, () =>
        entry.action.run(input, context),
      );
      heartbeat.returned();
      return toPassed(entry, await returned, options);
    } catch (error) {
      const outcome = toFailed(error);
      // After an abort an action should throw, so that is not worth a line in the log.
      if (!task.isEndedEarly && outcome.status === "failed")
        context.log.warn(`${entry.address} failed: ${outcome.error.message}`, {
          error,
        });
      return outcome;
    } finally {
      heartbeat.leave(cell);
    }
  };
}

/** The context of one task. Most actions never log, so the child log is made when it is first used. */
class TaskContext implements RunContext {
  readonly #task: Task;
  readonly #serverLog: Log;
  #log: Log | undefined;

  constructor(task: Task, serverLog: Log) {
    this.#task = task;
    this.#serverLog = serverLog;
  }

  get signal(): AbortSignal {
    return this.#task.signal;
  }

  get runId(): RunId {
    return this.#task.id;
  }

  get requestId(): string {
    return this.#task.requestId;
  }

  get attempt(): number {
    return this.#task.attempt;
  }

  get log(): Log {
    this.#log ??= this.#serverLog.child({
      run_id: this.#task.id,
      action_id: this.#task.entry.address,
    });
    return this.#log;
  }
}
