/** `/api/runs`: list, look at, wait for and cancel runs. */
import { Elysia, t } from "elysia";
import { ServerError } from "../errors.ts";
import { cancel, runNotFound } from "../run/cancel.ts";
import { type Run, type RunStore, STATUSES, type Status } from "../run/run.ts";
import type { Runner } from "../run/runner.ts";
import { waitForOutcome } from "../run/wait.ts";
import { json, problems, queryParameter, RUN } from "./openapi.ts";
import { BEFORE_SCHEMA, LIMIT_SCHEMA, pageReply, toPage } from "./page.ts";
import { toWaitMs } from "./query.ts";
import { outcomeReply, runReply, toOutcome, unfinishedReply } from "./reply.ts";
import { runObject, toRunObject } from "./run-object.ts";

export interface RunsParts {
  readonly store: RunStore;
  readonly runner: Runner;
  readonly maxWaitMs: number;
}

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
const ID_PARAMETER = {
  name: "id",
  in: "path" as const,
  required: true,
  description: "The run's id",
  schema: { type: "string" as const },
};
const WAIT_PARAMETER = queryParameter(
  "wait",
  { type: "number", minimum: 0 },
  "Seconds to wait for the outcome; the answer comes as soon as it is there",
);
const LIST_PARAMETERS = [
  queryParameter("limit", LIMIT_SCHEMA, "How many at most"),
  queryParameter(
    "before",
    BEFORE_SCHEMA,
    "Only runs older than the one with this numbered_id",
  ),
  queryParameter(
    "status",
    {
      type: "array",
      items: { type: "string", enum: [...STATUSES, "0", "1", "2", "3", "4"] },
    },
    "Name or number of a status; any of several",
  ),
  queryParameter("package", { type: "string" }, "Of this package"),
  queryParameter("action", { type: "string" }, "Of this action"),
  queryParameter(
    "request_id",
    { type: "string" },
    "With this x-actions-request-id",
  ),
];
const tags = ["Runs"];

export function runs(parts: RunsParts) {
  const { store } = parts;
  return new Elysia({ prefix: "/api/runs" })
    .get("", ({ query, request }) => list(query, request.url, store), {
      query: listQuery,
      detail: {
        summary: "List runs",
        description:
          'Newest first. While there is more, the `link` header has the next page (`rel="next"`).',
        tags,
        operationId: "listRuns",
        parameters: LIST_PARAMETERS,
        responses: {
          200: json(
            "Runs",
            { type: "array", items: RUN },
            { link: 'rel="next", while there is more (RFC 8288)' },
          ),
          ...problems(400),
        },
      },
    })
    .get(
      "/run-id-from-request-id/:request_id",
      ({ params }) => findByRequestId(params.request_id, store),
      {
        params: t.Object({ request_id: t.String() }),
        detail: {
          summary: "Find a run by request id",
          description:
            "The oldest run that was asked for with this `x-actions-request-id`.",
          tags,
          operationId: "findRunByRequestId",
          responses: {
            200: json("The run's id", {
              type: "object",
              required: ["run_id"],
              properties: { run_id: { type: "string" } },
            }),
            ...problems(404),
          },
        },
      },
    )
    .get(
      "/:id",
      async ({ params, query }) => {
        const run = await findAfterWait(params.id, query.wait, parts);
        return runReply(run.id, toRunObject(run));
      },
      {
        params: runId,
        query: waitQuery,
        detail: {
          summary: "Look at a run",
          tags,
          operationId: "getRun",
          parameters: [ID_PARAMETER, WAIT_PARAMETER],
          responses: { 200: json("The run", RUN), ...problems(400, 404) },
        },
      },
    )
    .get(
      "/:id/fields",
      ({ params, query }) => {
        const run = getRun(params.id, store);
        return runReply(run.id, pick(toRunObject(run), query.fields));
      },
      {
        params: runId,
        query: t.Object({
          fields: t.Optional(
            t.Array(t.String(), { description: "Members of the run object" }),
          ),
        }),
        detail: {
          summary: "Look at some members of a run",
          tags,
          operationId: "getRunFields",
          responses: {
            200: json("The members asked for", { type: "object" }),
            ...problems(400, 404),
          },
        },
      },
    )
    .get(
      "/:id/result",
      async ({ params, query }) =>
        resultReply(await findAfterWait(params.id, query.wait, parts)),
      {
        params: runId,
        query: waitQuery,
        detail: {
          summary: "Get a run's result",
          description:
            "What running the action would have been answered now: the result, the problem, or 202 and the run object while it is not finished.",
          tags,
          operationId: "getRunResult",
          parameters: [ID_PARAMETER, WAIT_PARAMETER],
          responses: {
            200: json("The result", { description: "Any JSON" }),
            202: json("It is not finished", RUN),
            ...problems(400, 404, 409, 500, 503, 504),
          },
        },
      },
    )
    .delete(
      "/:id",
      async ({ params }) => {
        const run = getRun(params.id, store);
        if (await store.delete(run.id))
          return new Response(null, { status: 204 });
        throw new ServerError(
          "run_not_finished",
          `The run "${run.id}" is not finished, or owes a callback: it is kept.`,
        );
      },
      {
        params: runId,
        detail: {
          summary: "Delete a finished run",
          tags,
          operationId: "deleteRun",
          responses: {
            204: { description: "It is gone" },
            ...problems(404, 409),
          },
        },
      },
    )
    .post(
      "/:id/cancel",
      async ({ params }) => runReply(params.id, await cancel(params.id, parts)),
      {
        parse: "none",
        params: runId,
        detail: {
          summary: "Cancel a run",
          description:
            '"cancelled" when this call ended the run, "not-running" when it had ended already. Nothing is erased.',
          tags,
          operationId: "cancelRun",
          responses: {
            200: json("Whether this call ended the run", {
              type: "string",
              enum: ["cancelled", "not-running"],
            }),
            ...problems(404),
          },
        },
      },
    );
}

function getRun(id: string, store: RunStore): Run {
  const run = store.find(id);
  if (run === undefined) throw runNotFound(id);
  return run;
}

/** @param wait seconds to wait for the run's outcome before looking */
async function findAfterWait(
  id: string,
  wait: string | undefined,
  { store, runner, maxWaitMs }: RunsParts,
): Promise<Run> {
  const waitMs = wait === undefined ? 0 : toWaitMs(wait, maxWaitMs);
  const run = runner.find(id);
  if (run !== undefined && waitMs > 0) await waitForOutcome(run, waitMs);
  return getRun(id, store);
}

function resultReply(run: Run): Response {
  if (run.status === "queued" || run.status === "running")
    return unfinishedReply(run);
  return outcomeReply(run.id, toOutcome(run));
}

function findByRequestId(requestId: string, store: RunStore) {
  const id = store.findByRequestId(requestId);
  if (id === undefined)
    throw new ServerError(
      "request_not_found",
      `There is no run with the request id ${JSON.stringify(requestId)}.`,
    );
  return runReply(id, { run_id: id });
}

function list(
  query: typeof listQuery.static,
  url: string,
  store: RunStore,
): Response {
  const page = toPage(query);
  const found = store.list({
    ...page,
    // One more than asked for tells whether there is a next page.
    limit: page.limit + 1,
    ...(query.status === undefined
      ? {}
      : { statuses: query.status.map(toStatus) }),
    ...(query.package === undefined ? {} : { package: query.package }),
    ...(query.action === undefined ? {} : { action: query.action }),
    ...(query.request_id === undefined ? {} : { requestId: query.request_id }),
  });
  return pageReply(found, { ...page, url, toObject: toRunObject });
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
