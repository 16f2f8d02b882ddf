/** What a task says of its run, in the words that both specifications of tasks share. */
import type { Run } from "../../run/run.ts";
import type { McpParts } from "../parts.ts";

/** How often it makes sense to ask for a task. */
export const POLL_MS = 1000;

export function toTaskMembers(run: Run) {
  const updatedAt = run.finishedAt ?? run.startedAt ?? run.createdAt;
  return {
    taskId: run.id,
    ...(run.error === null ? {} : { statusMessage: run.error.message }),
    createdAt: new Date(run.createdAt).toISOString(),
    lastUpdatedAt: new Date(updatedAt).toISOString(),
  };
}

/** @returns how long a task is kept, in milliseconds; null for ever */
export function toTtl({ keepRunsMs }: McpParts): number | null {
  return keepRunsMs === Infinity ? null : keepRunsMs;
}
