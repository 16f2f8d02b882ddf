/** The outcome of a run whose process ended under it. */
import { failed } from "../../run/outcome.ts";
import type { Outcome } from "../../run/run.ts";

/** How a process ended. */
export interface End {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Such as "SIGSEGV"; null when it ended of itself. */
  readonly signal: string | number | null;
  /** Why the server killed it, a sentence; undefined when it did not. */
  readonly reason: string | undefined;
}

/** @returns failed with `crashed`, its exit code or signal in `data` */
export function crashed(end: End): Extract<Outcome, { status: "failed" }> {
  const { exitCode, signal, reason } = end;
  return {
    status: "failed",
    error: {
      kind: "crashed",
      code: "crashed",
      message: reason ?? `The process of the run ${toVerb(end)}.`,
      data: { exit_code: exitCode, signal },
    },
  };
}

function toVerb({ exitCode, signal }: End): string {
  if (signal !== null) return `was ended by signal ${signal}`;
  return `ended with exit code ${exitCode}`;
}

/** @returns how a run ends for which there was no process */
export function notStarted(reason: string): Outcome {
  return failed("crashed", `No child process could be started: ${reason}`);
}
