/** Deliveries over HTTP: what is owed, what was tried, and sending it again. */
import { Elysia, t } from "elysia";
import { ServerError } from "../errors.ts";
import { runNotFound } from "../run/cancel.ts";
import type {
  Delivery,
  DeliveryState,
  DeliveryStore,
} from "../run/delivery.ts";
import type { RunStore } from "../run/run.ts";
import { json, problems, queryParameter } from "./openapi.ts";
import { BEFORE_SCHEMA, LIMIT_SCHEMA, pageReply, toPage } from "./page.ts";
import { runReply } from "./reply.ts";

export interface CallbacksParts {
  readonly store: RunStore;
  readonly deliveries: DeliveryStore;
  /** Called when a callback to this host has become due. */
  readonly onOwed: (host: string) => void;
}

const STATES: readonly DeliveryState[] = [
  "pending",
  "delivered",
  "refused",
  "dead",
];
const runId = t.Object({ id: t.String() });
const listQuery = t.Object({
  state: t.Optional(t.Array(t.String())),
  host: t.Optional(t.String()),
  limit: t.Optional(t.String()),
  before: t.Optional(t.String()),
});
const tags = ["Callbacks"];
const DELIVERY = {
  type: "object",
  properties: {
    run_id: { type: "string" },
    numbered_id: { type: "integer" },
    url: { type: "string" },
    host: { type: "string" },
    state: { type: "string", enum: STATES },
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

export function callbacks(parts: CallbacksParts) {
  return new Elysia({ prefix: "/api" })
    .get(
      "/callbacks",
      ({ query, request }) => list(query, request.url, parts.deliveries),
      {
        query: listQuery,
        detail: {
          summary: "List callbacks",
          description:
            'Newest first. While there is more, the `link` header has the next page (`rel="next"`).',
          tags,
          operationId: "listCallbacks",
          parameters: [
            queryParameter(
              "state",
              { type: "array", items: { type: "string", enum: STATES } },
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
      },
    )
    .post(
      "/callbacks/redeliver",
      ({ query }) => redeliverDead(query.host, parts),
      {
        parse: "none",
        query: t.Object({ host: t.Optional(t.String()) }),
        detail: {
          summary: "Send all dead callbacks of a host again",
          tags,
          operationId: "redeliverDeadCallbacks",
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
      },
    )
    .get("/runs/:id/callback", ({ params }) => look(params.id, parts), {
      params: runId,
      detail: {
        summary: "Look at a run's callback",
        tags,
        operationId: "getCallback",
        responses: {
          200: json("The callback and every attempt", {
            type: "object",
            properties: { ...DELIVERY.properties, attempts: ATTEMPTS },
          }),
          ...problems(404),
        },
      },
    })
    .post(
      "/runs/:id/callback/redeliver",
      ({ params }) => redeliver(params.id, parts),
      {
        parse: "none",
        params: runId,
        detail: {
          summary: "Send a run's callback again",
          description: "Under the same webhook-id, whatever became of it.",
          tags,
          operationId: "redeliverCallback",
          responses: {
            200: json("It is due", DELIVERY),
            ...problems(404, 409),
          },
        },
      },
    );
}

function look(id: string, { store, deliveries }: CallbacksParts): Response {
  const delivery = deliveries.find(id);
  if (delivery === undefined) {
    if (store.find(id) === undefined) throw runNotFound(id);
    throw new ServerError(
      "callback_not_found",
      `The run "${id}" owes no callback.`,
    );
  }
  const attempts = deliveries.attempts(id).map((attempt) => ({
    number: attempt.number,
    time: new Date(attempt.at).toISOString(),
    status: attempt.httpStatus,
    milliseconds: Math.round(attempt.ms * 1000) / 1000,
    error: attempt.error,
  }));
  return runReply(id, { ...toDeliveryObject(delivery), attempts });
}

async function redeliver(
  id: string,
  { store, deliveries, onOwed }: CallbacksParts,
): Promise<Response> {
  if (store.find(id) === undefined) throw runNotFound(id);
  if (!(await deliveries.redeliver(id, Date.now())))
    throw new ServerError(
      "callback_not_owed",
      `The run "${id}" owes no callback.`,
    );
  const delivery = deliveries.find(id) as Delivery;
  onOwed(delivery.host);
  return runReply(id, toDeliveryObject(delivery));
}

async function redeliverDead(
  host: string | undefined,
  { deliveries, onOwed }: CallbacksParts,
): Promise<{ redelivered: number }> {
  if (host === undefined || host === "")
    throw new ServerError(
      "invalid_parameter",
      "host must be the receiver's host, such as example.com or example.com:8443.",
    );
  const redelivered = await deliveries.redeliverDead(host, Date.now());
  if (redelivered > 0) onOwed(host);
  return { redelivered };
}

function list(
  query: typeof listQuery.static,
  url: string,
  deliveries: DeliveryStore,
): Response {
  const page = toPage(query);
  const found = deliveries.list({
    ...page,
    // One more than asked for tells whether there is a next page.
    limit: page.limit + 1,
    states: query.state?.map(toState) ?? STATES,
    ...(query.host === undefined ? {} : { host: query.host }),
  });
  return pageReply(found, { ...page, url, toObject: toDeliveryObject });
}

function toState(value: string): DeliveryState {
  const state = STATES.find((name) => name === value);
  if (state === undefined)
    throw new ServerError(
      "invalid_parameter",
      `state must be one of ${STATES.join(", ")}, not ${JSON.stringify(value)}.`,
    );
  return state;
}

function toDeliveryObject(delivery: Delivery) {
  return {
    run_id: delivery.runId,
    numbered_id: delivery.numberedId,
    url: delivery.url,
    host: delivery.host,
    state: delivery.state,
    attempt_count: delivery.attemptCount,
    next_attempt_time:
      delivery.nextAttemptAt === null
        ? null
        : new Date(delivery.nextAttemptAt).toISOString(),
    created_time: new Date(delivery.createdAt).toISOString(),
  };
}
