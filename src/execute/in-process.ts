/** Runs an action's code in the server's own process. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { RunContext } from "../action/definition.ts";
import type { Log } from "../log.ts";
import type { Heartbeat } from "../process/heartbeat.ts";
import type { Outcome, RunId } from "../run/run.ts";
import { toFailed, toPassed } from "./outcome.ts";
import type { Executor, Task } from "./task.ts";

interface Options {
  readonly log: Log;
  readonly maxResultBytes: number;
  /** It is told which action is in its code. */
  readonly heartbeat: Heartbeat;
}

const running = new AsyncLocalStorage<Task>();

/** The task whose code is running now, as far as that can be known. */
export function currentTask(): Task | undefined {
  return running.getStore();
}

/** @returns the executor that calls actions as functions; they can only be asked to stop, by their signal */
export function createInProcessExecutor(options: Options): Executor {
  const { heartbeat } = options;
  return (task) => {
    const { entry, input } = task;
    const context = new TaskContext(task, options.log);
    const cell = heartbeat.enter(entry.address);
    try {
      const returned: unknown = running.run(task, () =>
        entry.run(input, context),
      );
      if (isPromiseLike(returned)) {
        heartbeat.returned();
        return settle(returned, { task, context, cell, options });
      }
      const outcome = toPassed(entry, returned, options);
      heartbeat.leave(cell);
      return outcome;
    } catch (error) {
      heartbeat.leave(cell);
      return toReportedFailure(task, context, error);
    }
  };
}

async function settle(
  returned: PromiseLike<unknown>,
  {
    task,
    context,
    cell,
    options,
  }: { task: Task; context: TaskContext; cell: number; options: Options },
): Promise<Outcome> {
  try {
    return toPassed(task.entry, await returned, options);
  } catch (error) {
    return toReportedFailure(task, context, error);
  } finally {
    options.heartbeat.leave(cell);
  }
}

function toReportedFailure(
  task: Task,
  context: TaskContext,
  error: unknown,
): Outcome {
  const outcome = toFailed(error);
  // After an abort, throwing is what an action should do: nobody needs to look at it.
  if (!task.isEndedEarly && outcome.status === "failed")
    context.log.warn(`${task.entry.address} failed: ${outcome.error.message}`, {
      error,
    });
  return outcome;
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}

/** Most actions write no log: its child is made when it is first asked for. */
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
