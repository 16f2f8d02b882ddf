/** Runs an action again with the input of an earlier run. */
import type { RunSummary } from "../api/objects.ts";
import { ask, request } from "../api/request.ts";
import { runPath } from "./use-run.ts";

/** @returns the id of the new run */
export async function repeatRun(
  run: Pick<RunSummary, "id" | "action_id">,
): Promise<string> {
  const path = `${runPath(run.id)}/fields?fields=inputs`;
  const { inputs } = await ask<{ inputs: string }>(path);
  const response = await request(`/api/actions/${run.action_id}/run`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-actions-async-timeout": "0",
    },
    body: inputs,
  });
  return response.headers.get("x-action-server-run-id") ?? "";
}
