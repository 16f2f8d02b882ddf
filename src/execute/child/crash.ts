/** Makes the outcome of a run whose process ended before the run did. */
import { failed } from "../outcome.ts";
import type { Outcome } from "../../run/run.ts";

/** The way in which a process ended. */
export interface End {
  /** The exit code; null when a signal ended the process. */
  readonly exitCode: number | null;
  /** The name of the signal, such as "SIGSEGV"; null when the process ended by itself. */
  readonly signal: string | number | null;
  /** A sentence that says why the server killed it; undefined when the server did not. */
  readonly reason: string | undefined;
}

/** @returns a failed outcome with the code `crashed`, and the exit code or signal in `data` */
export function crashed(end: End): Extract<Outcome, { status: "failed" }> {
  const { exitCode, signal, reason } = end;
  return {
    status: "failed",
    error: {
      kind: "crashed",
      code: "crashed",
      message: reason ?? `The process of the run ${toPredicate(end)}.`,
      data: { exit_code: exitCode, signal },
    },
  };
}

function toPredicate({ exitCode, signal }: End): string {
  if (signal !== null) return `was killed by the signal ${signal}`;
  return `ended with exit code ${exitCode}`;
}

/** @returns the outcome of a run for which no process could be started */
export function notStarted(reason: string): Outcome {
  return failed("crashed", `No child process could be started: ${reason}`);
}
