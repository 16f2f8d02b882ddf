/** Describes callbacks for the API documentation. */
import type { DocumentDecoration } from "elysia";
import { DELIVERY_STATES } from "../../run/delivery.ts";
import { json, problems, queryParameter } from "../openapi/describe.ts";
import { BEFORE_SCHEMA, LIMIT_SCHEMA } from "../page.ts";

const DELIVERY = {
  type: "object",
  properties: {
    run_id: { type: "string" },
    numbered_id: { type: "integer" },
    url: { type: "string" },
    host: { type: "string" },
    state: { type: "string", enum: DELIVERY_STATES },
    attempt_count: { type: "integer" },
    next_attempt_time: { type: ["string", "null"] },
    created_time: { type: "string" },
  },
};
const ATTEMPTS = {
  type: "array",
  items: {
    type: "object",
    properties: {
      number: { type: "integer" },
      time: { type: "string" },
      status: { type: ["integer", "null"] },
      milliseconds: { type: "number" },
      error: { type: ["string", "null"] },
    },
  },
};

const tags = ["Callbacks"];

export const describeCallbacks = {
  listCallbacks: {
    operationId: "listCallbacks",
    tags,
    summary: "List callbacks",
    description:
      'Newest first. While there is more, the `link` header has the next page (`rel="next"`).',
    parameters: [
      queryParameter(
        "state",
        { type: "array", items: { type: "string", enum: DELIVERY_STATES } },
        "Any of these",
      ),
      queryParameter("host", { type: "string" }, "Receiver's host"),
      queryParameter("limit", LIMIT_SCHEMA, "How many at most"),
      queryParameter(
        "before",
        BEFORE_SCHEMA,
        "Only those older than the one with this numbered_id",
      ),
    ],
    responses: {
      200: json(
        "Callbacks",
        { type: "array", items: DELIVERY },
        { link: 'rel="next", while there is more (RFC 8288)' },
      ),
      ...problems(400),
    },
  },
  redeliverDeadCallbacks: {
    operationId: "redeliverDeadCallbacks",
    tags,
    summary: "Send all dead callbacks of a host again",
    parameters: [
      queryParameter(
        "host",
        { type: "string" },
        "Receiver's host, with its port when that is not the usual one",
      ),
    ],
    responses: {
      200: json("How many are due again", {
        type: "object",
        properties: { redelivered: { type: "integer" } },
      }),
      ...problems(400),
    },
  },
  getCallback: {
    operationId: "getCallback",
    tags,
    summary: "Look at a run's callback",
    responses: {
      200: json("The callback and every attempt", {
        type: "object",
        properties: { ...DELIVERY.properties, attempts: ATTEMPTS },
      }),
      ...problems(404),
    },
  },
  redeliverCallback: {
    operationId: "redeliverCallback",
    tags,
    summary: "Send a run's callback again",
    description: "Under the same webhook-id, whatever became of it.",
    responses: {
      200: json("It is due", DELIVERY),
      ...problems(404, 409),
    },
  },
} satisfies Record<string, DocumentDecoration>;
