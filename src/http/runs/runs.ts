/** `/api/runs`: list, look at, wait for and cancel runs. */
import { Elysia, t } from "elysia";
import type { Caller } from "../../access/caller.ts";
import { ServerError } from "../../errors.ts";
import { cancel } from "../../run/cancel.ts";
import { deleteRun } from "../../run/delete.ts";
import type { RunEvents } from "../../run/events.ts";
import { outcomeOf, type Run, STATUSES, type Status } from "../../run/run.ts";
import type { RunStore } from "../../run/store.ts";
import type { Runner } from "../../run/active/runner.ts";
import { isVisible, type RunView, viewOf } from "../../run/view.ts";
import { waitForOutcome } from "../../run/wait.ts";
import type { Access } from "../gate/access.ts";
import { describeRuns } from "./describe-runs.ts";
import { pageReply, toPage } from "../page.ts";
import { toWaitMs } from "../query.ts";
import { outcomeReply, runReply, unfinishedReply } from "../reply.ts";
import { runObject, toRunObject } from "./run-object.ts";

export interface RunsParts {
  readonly access: Access;
  readonly store: RunStore;
  readonly runner: Runner;
  readonly events: RunEvents;
  readonly maxWaitMs: number;
}

/** Of inputs and results: a thousand runs may have tens of gigabytes of them. */
const MAX_PAGE_BYTES = 16 * 1024 ** 2;
const FIELDS = Object.keys(runObject.properties);

const runId = t.Object({ id: t.String() });
// Described in `detail`: the handlers read numbers from text themselves.
const waitQuery = t.Object({ wait: t.Optional(t.String()) });
const listQuery = t.Object({
  limit: t.Optional(t.String()),
  before: t.Optional(t.String()),
  status: t.Optional(t.Array(t.String())),
  package: t.Optional(t.String()),
  action: t.Optional(t.String()),
  request_id: t.Optional(t.String()),
});

export function runs(parts: RunsParts) {
  const { store } = parts;
  return new Elysia({ prefix: "/api/runs" })
    .use(parts.access)
    .get(
      "",
      ({ query, request, caller }) =>
        list(query, request.url, viewOf(caller, store)),
      {
        query: listQuery,
        detail: describeRuns.listRuns,
      },
    )
    .get(
      "/run-id-from-request-id/:request_id",
      ({ params, caller }) =>
        findByRequestId(params.request_id, viewOf(caller, store)),
      {
        params: t.Object({ request_id: t.String() }),
        detail: describeRuns.findRunByRequestId,
      },
    )
    .get(
      "/:id",
      async ({ params, query, caller }) => {
        const run = await getAfterWait(params.id, query.wait, {
          ...parts,
          caller,
        });
        return runReply(run.id, toRunObject(run));
      },
      {
        params: runId,
        query: waitQuery,
        detail: describeRuns.getRun,
      },
    )
    .get(
      "/:id/fields",
      async ({ params, query, caller }) => {
        const run = await viewOf(caller, store).get(params.id);
        return runReply(run.id, pick(toRunObject(run), query.fields));
      },
      {
        params: runId,
        query: t.Object({
          fields: t.Optional(
            t.Array(t.String(), { description: "Members of the run object" }),
          ),
        }),
        detail: describeRuns.getRunFields,
      },
    )
    .get(
      "/:id/result",
      async ({ params, query, caller }) =>
        resultReply(
          await getAfterWait(params.id, query.wait, { ...parts, caller }),
        ),
      {
        params: runId,
        query: waitQuery,
        detail: describeRuns.getRunResult,
      },
    )
    .delete(
      "/:id",
      async ({ params, caller }) => {
        await deleteRun(params.id, { ...parts, caller });
        return new Response(null, { status: 204 });
      },
      {
        params: runId,
        detail: describeRuns.deleteRun,
      },
    )
    .post(
      "/:id/cancel",
      async ({ params, caller }) => {
        const result = await cancel(params.id, { ...parts, caller });
        return runReply(params.id, result);
      },
      {
        parse: "none",
        params: runId,
        detail: describeRuns.cancelRun,
      },
    );
}

/** @param wait seconds to wait for the run's outcome before looking */
async function getAfterWait(
  id: string,
  wait: string | undefined,
  { caller, store, runner, maxWaitMs }: RunsParts & { caller: Caller },
): Promise<Run> {
  const waitMs = wait === undefined ? 0 : toWaitMs(wait, maxWaitMs);
  const run = runner.find(id);
  if (run !== undefined && isVisible(caller, run) && waitMs > 0)
    await waitForOutcome(run, waitMs);
  return await viewOf(caller, store).get(id);
}

function resultReply(run: Run): Response {
  if (run.status === "queued" || run.status === "running")
    return unfinishedReply(run);
  return outcomeReply(run.id, outcomeOf(run));
}

async function findByRequestId(requestId: string, view: RunView) {
  const id = await view.findByRequestId(requestId);
  if (id === undefined)
    throw new ServerError(
      "request_not_found",
      `There is no run with the request id ${JSON.stringify(requestId)}.`,
    );
  return runReply(id, { run_id: id });
}

async function list(
  query: typeof listQuery.static,
  url: string,
  view: RunView,
): Promise<Response> {
  const page = toPage(query);
  const filter = {
    ...page,
    ...(query.status === undefined
      ? {}
      : { statuses: query.status.map(toStatus) }),
    ...(query.package === undefined ? {} : { package: query.package }),
    ...(query.action === undefined ? {} : { action: query.action }),
    ...(query.request_id === undefined ? {} : { requestId: query.request_id }),
  };
  const { runs: found, hasMore } = await view.list({
    ...filter,
    maxBytes: MAX_PAGE_BYTES,
  });
  return pageReply(found, { hasMore, url, toObject: toRunObject });
}

function toStatus(value: string): Status {
  const status = STATUSES.find(
    (name, number) => value === name || value === String(number),
  );
  if (status === undefined)
    throw new ServerError(
      "invalid_parameter",
      `status must be one of ${STATUSES.join(", ")} or 0 to 4, not ${JSON.stringify(value)}.`,
    );
  return status;
}

function pick(object: Record<string, unknown>, fields = FIELDS) {
  const unknown = fields.find((field) => !FIELDS.includes(field));
  if (unknown !== undefined)
    throw new ServerError(
      "invalid_parameter",
      `A run has no field ${JSON.stringify(unknown)}. It has ${FIELDS.join(", ")}.`,
    );
  return Object.fromEntries(fields.map((field) => [field, object[field]]));
}
