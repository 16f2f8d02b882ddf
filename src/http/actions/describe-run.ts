/** Describes running an action for the API documentation, in which each action has an operation of its own. */
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import { json, outcome, RUN, type Schema } from "../openapi/describe.ts";
import { type Components, toPascal } from "../openapi/lift.ts";
import { RUN_ID } from "../openapi/problem-replies.ts";
import type { Replies } from "../operation.ts";

const ANSWERED = {
  ...RUN_ID,
  "idempotency-replayed":
    '"true": an earlier request with this idempotency key made the run.',
};
const DETACHED = {
  ...ANSWERED,
  "x-action-async-completion": '"1": the run goes on in the background.',
  location: "The path at which to look at the run.",
};
const ANY_JSON: Schema = { description: "Any JSON value." };

/** The replies to running an action of which nothing more is known. */
export const RUN_REPLIES = toReplies(ANY_JSON);

/**
 * @param named.id the name of its operation
 * @returns what running this action has of its own
 */
export function describeRun(
  entry: CatalogEntry,
  { id, components }: { id: string; components: Components },
) {
  const { outputSchema, action } = entry;
  const { title, kind = "action", consequential } = action.presentation;
  const name = toPascal(id);
  const result =
    outputSchema === undefined
      ? ANY_JSON
      : components.lift(outputSchema, `${name}Result`, {
          isNamed: outputSchema["type"] === "object",
        });
  const input = components.lift(entry.inputSchema, `${name}Input`);
  return {
    summary: title ?? toTitle(entry.name),
    description: entry.description ?? `Runs the action ${entry.address}.`,
    tags: [entry.package],
    operationId: id,
    "x-operation-kind": kind,
    ...(consequential === undefined
      ? {}
      : { "x-openai-isConsequential": consequential }),
    requestBody: {
      description: "The action's input. An empty body means an empty object.",
      required: !entry.checkInput({}).ok,
      content: { "application/json": { schema: input } },
    },
    responses: toReplies(result),
    callbacks: { outcome: describeCallback(result, id) },
  };
}

/** @returns such as "Write Report" for "write-report", as the original makes it */
function toTitle(name: string): string {
  return name
    .split("-")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(" ");
}

function toReplies(result: Schema): Replies {
  return {
    200: json(
      'The result, or "async-return" if the time in `x-actions-async-timeout` passed first.',
      { anyOf: [result, { type: "string", enum: ["async-return"] }] },
      {
        ...ANSWERED,
        "x-action-async-completion": `${DETACHED["x-action-async-completion"]} It is sent only with "async-return".`,
        location: `${DETACHED.location} It is sent only with "async-return".`,
      },
    ),
    202: json(
      "The run continues in the background, as requested in `Prefer`.",
      RUN,
      {
        ...DETACHED,
        "retry-after": "The number of seconds after which to ask again.",
        "preference-applied": "The preference that was honoured (RFC 7240).",
      },
    ),
  };
}

function describeCallback(result: Schema, operationId: string) {
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
        operationId: `outcome_of_${operationId}`,
        summary: "Send the outcome of a run whose caller is no longer waiting",
        description:
          "Sent by the server to the URL of `x-actions-async-callback`, again and again until it is answered 2xx or 410.",
        parameters: [
          header("x-action-server-run-id", "The run's id."),
          header(
            "x-action-server-run-status",
            '"passed", "failed" or "cancelled".',
          ),
          header("x-actions-request-id", "The caller's own id.", false),
          header(
            "webhook-id",
            "An id of this callback, which is the same on every attempt.",
          ),
          header("webhook-timestamp", "The seconds since 1970 UTC."),
          header(
            "webhook-signature",
            "The signature as Standard Webhooks defines it, if the server has a secret.",
            false,
          ),
          header("traceparent", "The W3C trace context.", false),
        ],
        requestBody: {
          required: true,
          description: "The bare result, or the problem.",
          content: { "application/json": { schema: outcome(result) } },
        },
        responses: {
          "2XX": { description: "The callback has been delivered." },
          410: {
            description: "The receiver does not want it. It is not sent again.",
          },
          default: { description: "It is sent again later." },
        },
      },
    },
  };
}
