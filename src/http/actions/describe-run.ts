/** Describes `POST …/run` of one action for the API documentation. */
import type { DocumentDecoration } from "elysia";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import {
  json,
  outcome,
  problems,
  RUN,
  type Schema,
} from "../openapi/describe.ts";

const RUN_ID = { "x-action-server-run-id": "The run's id" };
const DETACHED = {
  ...RUN_ID,
  "x-action-async-completion": '"1": the run goes on in the background',
  location: "Where to look at the run",
};

/** @returns the OpenAPI operation of running this action */
export function describeRun(entry: CatalogEntry): DocumentDecoration {
  const result: Schema = entry.outputSchema ?? {
    description: "Any JSON",
  };
  const input: Schema = entry.inputSchema;
  return {
    summary: entry.description ?? entry.address,
    tags: [entry.package],
    operationId: `run_${entry.package}_${entry.name}`.replaceAll("-", "_"),
    requestBody: {
      description: "The action's input. An empty body is an empty object.",
      required: !entry.checkInput({}).ok,
      content: { "application/json": { schema: input } },
    },
    responses: {
      200: json(
        'The result, or "async-return" when `x-actions-async-timeout` ran out first.',
        {
          anyOf: [result, { type: "string", const: "async-return" }],
        },
        {
          ...RUN_ID,
          "x-action-async-completion": `${DETACHED["x-action-async-completion"]}; only with "async-return"`,
          location: `${DETACHED.location}; only with "async-return"`,
        },
      ),
      202: json("The run goes on: `Prefer` asked for that.", RUN, {
        ...DETACHED,
        "retry-after": "Seconds",
        "preference-applied": "The preference that was honoured (RFC 7240)",
      }),
      ...problems(400, 404, 408, 409, 413, 415, 422, 429, 500, 503, 504),
    },
    callbacks: { outcome: describeCallback(result) },
  } as DocumentDecoration;
}

function describeCallback(result: Schema) {
  const header = (name: string, description: string, required = true) => ({
    name,
    in: "header",
    required,
    description,
    schema: { type: "string" },
  });
  return {
    "{$request.header.x-actions-async-callback}": {
      post: {
        summary: "How a run ended whose caller waits no more",
        parameters: [
          header("x-action-server-run-id", "The run's id"),
          header("x-action-server-run-status", "passed, failed or cancelled"),
          header("x-actions-request-id", "The caller's own id", false),
          header("webhook-id", "One for each run, the same on every attempt"),
          header("webhook-timestamp", "Seconds since 1970 UTC"),
          header(
            "webhook-signature",
            "Standard Webhooks, when the server has a secret",
            false,
          ),
          header("traceparent", "W3C trace context", false),
        ],
        requestBody: {
          required: true,
          description: "The bare result, or the problem.",
          content: { "application/json": { schema: outcome(result) } },
        },
        responses: {
          "2XX": { description: "Delivered" },
          410: { description: "Refused: it is not sent again" },
          default: { description: "Sent again later" },
        },
      },
    },
  };
}
