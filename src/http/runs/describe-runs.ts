/** Describes `/api/runs` for the API documentation. */
import type { DocumentDecoration } from "elysia";
import { STATUSES } from "../../run/run.ts";
import { json, problems, queryParameter, RUN } from "../openapi/describe.ts";
import { BEFORE_SCHEMA, LIMIT_SCHEMA } from "../page.ts";

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

export const describeRuns = {
  listRuns: {
    operationId: "listRuns",
    tags,
    summary: "List runs",
    description:
      'Newest first. While there is more, the `link` header has the next page (`rel="next"`). A page ends early where its runs have more than 16 MiB of inputs and results.',
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
  findRunByRequestId: {
    operationId: "findRunByRequestId",
    tags,
    summary: "Find a run by request id",
    description:
      "The oldest run that was asked for with this `x-actions-request-id`.",
    responses: {
      200: json("The run's id", {
        type: "object",
        required: ["run_id"],
        properties: { run_id: { type: "string" } },
      }),
      ...problems(404),
    },
  },
  getRun: {
    operationId: "getRun",
    tags,
    summary: "Look at a run",
    parameters: [ID_PARAMETER, WAIT_PARAMETER],
    responses: { 200: json("The run", RUN), ...problems(400, 404) },
  },
  getRunFields: {
    operationId: "getRunFields",
    tags,
    summary: "Look at some members of a run",
    responses: {
      200: json("The members asked for", { type: "object" }),
      ...problems(400, 404),
    },
  },
  getRunResult: {
    operationId: "getRunResult",
    tags,
    summary: "Get a run's result",
    description:
      "What running the action would have been answered now: the result, the problem, or 202 and the run object while it is not finished.",
    parameters: [ID_PARAMETER, WAIT_PARAMETER],
    responses: {
      200: json("The result", { description: "Any JSON" }),
      202: json("It is not finished", RUN),
      ...problems(400, 404, 409, 500, 503, 504),
    },
  },
  deleteRun: {
    operationId: "deleteRun",
    tags,
    summary: "Delete a finished run",
    responses: {
      204: { description: "It is gone" },
      ...problems(404, 409),
    },
  },
  cancelRun: {
    operationId: "cancelRun",
    tags,
    summary: "Cancel a run",
    description:
      '"cancelled" when this call ended the run, "not-running" when it had ended already. Nothing is erased.',
    responses: {
      200: json("Whether this call ended the run", {
        type: "string",
        enum: ["cancelled", "not-running"],
      }),
      ...problems(404),
    },
  },
} satisfies Record<string, DocumentDecoration>;
