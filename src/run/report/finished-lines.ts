/** The server's log has a line for each run that has ended. */
import type { Log, LogLevel } from "../../log.ts";
import type { EventOf, RunEvents } from "../events.ts";
import type { Outcome } from "../run.ts";

const LEVELS: Readonly<Record<Outcome["status"], LogLevel>> = {
  passed: "info",
  failed: "warn",
  cancelled: "info",
};

/** Logs until what this returns is disposed of. */
export function logFinished(log: Log, events: RunEvents): Disposable {
  return events.listen(["finished"], (event) => {
    const { id, package: packageName, action } = event.run;
    const { status } = event.outcome;
    const action_id = `${packageName}/${action}`;
    const message = `${action_id} ${describe(event)}`;
    log.soon(LEVELS[status], message, { run_id: id, action_id });
  });
}

/** @returns such as "passed in 3 ms" */
function describe({ outcome, runMs }: EventOf<"finished">): string {
  if (outcome.status === "passed") return `passed in ${toText(runMs ?? 0)}`;
  const { message } = outcome.error;
  const when =
    runMs === null
      ? "before it started"
      : `${outcome.status === "failed" ? "in" : "after"} ${toText(runMs)}`;
  const verb = outcome.status === "failed" ? "failed" : "was cancelled";
  return `${verb} ${when}: ${message}`;
}

function toText(ms: number): string {
  if (ms < 1) return "less than 1 ms";
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
