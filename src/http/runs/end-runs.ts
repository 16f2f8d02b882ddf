/** Cancels and deletes runs. */
import { cancel } from "../../run/cancel.ts";
import { deleteRun as erase } from "../../run/delete.ts";
import type { RunEvents } from "../../run/events.ts";
import type { RunStore } from "../../run/store.ts";
import type { Runner } from "../../run/active/runner.ts";
import { json } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { emptyReply, runReply } from "../reply.ts";
import { runId } from "./run-object.ts";

interface EndParts {
  readonly store: RunStore;
  readonly runner: Runner;
  readonly events: RunEvents;
}

export const deleteRun = operation({
  id: "deleteRun",
  method: "DELETE",
  path: "/api/runs/:id",
  need: "admin",
  event: "run.delete",
  tag: "Runs",
  summary: "Delete a finished run",
  params: runId,
  replies: { 204: { description: "The run is gone." } },
  problems: ["run_not_found", "run_not_finished", "store_unavailable"],
  async handle({ params, caller }, parts: EndParts) {
    await erase(params.id, { ...parts, caller });
    return emptyReply();
  },
});

export const cancelRun = operation({
  id: "cancelRun",
  method: "POST",
  path: "/api/runs/:id/cancel",
  need: "cancel",
  event: "run.cancel",
  tag: "Runs",
  summary: "Cancel a run",
  description:
    'The reply is "cancelled" if this request ended the run, and "not-running" if it had ended before. Nothing is erased.',
  params: runId,
  replies: {
    200: json("Whether this request ended the run.", {
      type: "string",
      enum: ["cancelled", "not-running"],
    }),
  },
  problems: ["run_not_found", "shutting_down"],
  async handle({ params, caller }, parts: EndParts) {
    const result = await cancel(params.id, { ...parts, caller });
    return runReply(params.id, result);
  },
});
