/** Runs an action's code in the server's own process. */
import type { RunContext } from "../action/definition.ts";
import type { Artifacts } from "../action/artifacts.ts";
import { isLongerThan } from "../action/to-json.ts";
import type { Log } from "../log.ts";
import type { Heartbeat } from "../process/heartbeat.ts";
import type { Outcome } from "../run/run.ts";
import { TaskContext } from "./context.ts";
import { LARGE_LENGTH, type LargeResults } from "./large-results.ts";
import { toFailed, toPassed } from "./outcome.ts";
import type { Reports } from "./reports.ts";
import type { Executor, Task } from "./task.ts";

interface Options {
  readonly log: Log;
  readonly reports: Reports;
  readonly artifacts: (task: Task) => Artifacts;
  readonly maxResultBytes: number;
  /** Finds the secrets of a run. */
  readonly secretsOf: (task: Task) => RunContext["secrets"];
  /** Writes large results beside other things; undefined where there is nothing else to do. */
  readonly large?: LargeResults | undefined;
  /** It is told which action is in its code. */
  readonly heartbeat: Heartbeat;
  /** Makes a step of an action's code a part of its trace; undefined where nothing is traced. */
  readonly trace?: RunContext["trace"] | undefined;
}

/** @returns the executor that calls actions as functions; they can only be asked to stop, by their signal */
export function createInProcessExecutor(options: Options): Executor {
  const { heartbeat } = options;
  return (task) => {
    const { entry, input } = task;
    const context = new TaskContext(task, options);
    const cell = heartbeat.enter(entry.address);
    try {
      const returned = context.enter(entry.run, input);
      if (isPromiseLike(returned)) {
        heartbeat.returned();
        return settle(returned, { task, cell, options });
      }
      const outcome = toOutcome(task, returned, options);
      heartbeat.leave(cell);
      return outcome;
    } catch (error) {
      heartbeat.leave(cell);
      return toReportedFailure(task, error, options);
    }
  };
}

async function settle(
  returned: PromiseLike<unknown>,
  { task, cell, options }: { task: Task; cell: number; options: Options },
): Promise<Outcome> {
  try {
    const value = await returned;
    return await toOutcome(task, value, options);
  } catch (error) {
    return toReportedFailure(task, error, options);
  } finally {
    options.heartbeat.leave(cell);
  }
}

function toOutcome(
  task: Task,
  value: unknown,
  options: Options,
): Outcome | Promise<Outcome> {
  const { large } = options;
  return large !== undefined && isLongerThan(LARGE_LENGTH, value)
    ? large.toOutcome(task, value)
    : toPassed(task.entry, value, options);
}

function toReportedFailure(
  task: Task,
  error: unknown,
  { reports, maxResultBytes }: Options,
): Outcome {
  const outcome = toFailed(error, { maxResultBytes });
  // After an abort, throwing is what an action should do: nobody needs to look at it.
  if (!task.isEndedEarly && outcome.status === "failed")
    reports.thrown(
      task,
      `${task.entry.address} failed: ${outcome.error.message}`,
      error,
    );
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
