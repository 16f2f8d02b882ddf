/** `/api/runs`: look at runs, and wait for them. */
import { t } from "elysia";
import type { Caller } from "../../access/caller.ts";
import { ServerError } from "../../errors.ts";
import type { RunEvents } from "../../run/events.ts";
import { type LookParts, lookAfterWait } from "../../run/look.ts";
import { isFinished, outcomeOf, type Run } from "../../run/run.ts";
import { viewOf } from "../../run/view.ts";
import type { RunFiles } from "../../run/artifacts/run-files.ts";
import { resultReply } from "../artifacts/result-reply.ts";
import { json, RUN, RUN_MEMBERS, textParameter } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { toWaitMs } from "../query.ts";
import { runReply, unfinishedReply } from "../reply.ts";
import { cancelRun, deleteRun } from "./end-runs.ts";
import { listRuns } from "./list-runs.ts";
import { membersParameter, pickMembers, toMembers } from "./run-members.ts";
import { runId, toRunObject } from "./run-object.ts";

export interface RunsParts extends LookParts {
  readonly events: RunEvents;
  readonly limits: { readonly maxWaitMs: number };
}

const waitQuery = t.Object({
  wait: textParameter({
    type: "number",
    minimum: 0,
    description:
      "How many seconds to wait for the outcome. The reply comes as soon as the run ends.",
  }),
});

const findRunByRequestId = operation({
  id: "findRunByRequestId",
  method: "GET",
  path: "/api/runs/run-id-from-request-id/:request_id",
  need: "read",
  tag: "Runs",
  summary: "Find a run by its request id",
  description:
    "Finds the oldest run that was requested with this `x-actions-request-id`.",
  params: t.Object({
    request_id: t.String({ description: "The caller's own id." }),
  }),
  replies: {
    200: json("The run's id.", t.Object({ run_id: t.String() })),
  },
  problems: ["request_not_found"],
  async handle({ params, caller }, { store }: RunsParts) {
    const { request_id: requestId } = params;
    const id = await viewOf(caller, store).findByRequestId(requestId);
    if (id !== undefined) return runReply(id, { run_id: id });
    throw new ServerError(
      "request_not_found",
      `There is no run with the request id ${JSON.stringify(requestId)}.`,
    );
  },
});

const getRun = operation({
  id: "getRun",
  method: "GET",
  path: "/api/runs/:id",
  need: "read",
  tag: "Runs",
  summary: "Look at a run",
  params: runId,
  query: waitQuery,
  replies: { 200: json("The run.", RUN) },
  problems: ["invalid_parameter", "run_not_found"],
  async handle({ params, query, caller }, parts: RunsParts) {
    const run = await getAfterWait(params.id, query.wait, { ...parts, caller });
    return runReply(run.id, toRunObject(run));
  },
});

const getRunFields = operation({
  id: "getRunFields",
  method: "GET",
  path: "/api/runs/:id/fields",
  need: "read",
  tag: "Runs",
  summary: "Look at some members of a run",
  params: runId,
  query: t.Object({ fields: membersParameter }),
  replies: {
    200: json("The members that were asked for.", RUN_MEMBERS),
  },
  problems: ["invalid_parameter", "run_not_found"],
  async handle({ params, query, caller }, { store }: RunsParts) {
    const run = await viewOf(caller, store).get(params.id);
    return runReply(
      run.id,
      pickMembers(toRunObject(run), toMembers(query.fields)),
    );
  },
});

const getRunResult = operation({
  id: "getRunResult",
  method: "GET",
  path: "/api/runs/:id/result",
  need: "read",
  tag: "Runs",
  summary: "Get the result of a run",
  description:
    "Returns what the original request would get now: the result, the problem, or 202 with the run object while the run is not finished.",
  params: runId,
  query: waitQuery,
  replies: {
    200: json("The result.", { description: "Any JSON value." }),
    202: json("The run is not finished.", RUN, {
      location: "The path at which to look at the run.",
      "retry-after": "The number of seconds after which to ask again.",
    }),
  },
  problems: [
    "invalid_parameter",
    "run_not_found",
    "action_failed",
    "invalid_result",
    "result_too_large",
    "crashed",
    "run_timed_out",
    "start_timed_out",
    "run_cancelled",
    "interrupted",
    "action_not_found",
    "invalid_input",
    "concurrency_key_failed",
  ],
  readHeaders: (headers) => headers.get("accept"),
  async handle(
    { params, query, caller, read: accept },
    parts: RunsParts & { readonly artifacts: Pick<RunFiles, "find"> },
  ) {
    const run = await getAfterWait(params.id, query.wait, { ...parts, caller });
    if (!isFinished(run)) return unfinishedReply(run);
    const { artifacts } = parts;
    return resultReply(run.id, outcomeOf(run), { accept, artifacts });
  },
});

export const runOperations = [
  listRuns,
  findRunByRequestId,
  getRun,
  getRunFields,
  getRunResult,
  deleteRun,
  cancelRun,
];

/** @param wait seconds to wait for the run's outcome before looking */
async function getAfterWait(
  id: string,
  wait: string | undefined,
  parts: RunsParts & { caller: Caller },
): Promise<Run> {
  const { maxWaitMs } = parts.limits;
  const waitMs = wait === undefined ? 0 : toWaitMs(wait, maxWaitMs);
  return await lookAfterWait(id, waitMs, parts);
}
