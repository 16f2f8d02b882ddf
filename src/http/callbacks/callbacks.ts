/** Callbacks over HTTP: what is owed, what was tried, and sending it again. */
import { t } from "elysia";
import { ServerError } from "../../errors.ts";
import {
  DELIVERY_STATES,
  type DeliveryState,
  type DeliveryStore,
} from "../../run/delivery/delivery.ts";
import type { RunEvents } from "../../run/events.ts";
import { redeliver, redeliverDead } from "../../run/delivery/redeliver.ts";
import type { RunStore } from "../../run/store.ts";
import { ownerFilter, viewOf } from "../../run/view.ts";
import { json, plainInteger, textParameter } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { pageReplies, pageParameters, pageReply, toPage } from "../page.ts";
import { jsonReply, runReply } from "../reply.ts";
import { runId } from "../runs/run-object.ts";
import {
  attemptObject,
  deliveryObject,
  toAttemptObject,
  toDeliveryObject,
} from "./delivery-object.ts";

export interface CallbacksParts {
  readonly store: RunStore;
  readonly deliveries: DeliveryStore;
  readonly events: RunEvents;
}

const HOST = {
  type: "string",
  minLength: 1,
  description:
    "The receiver's host, with its port unless that is the usual one.",
};

const listCallbacks = operation({
  id: "listCallbacks",
  method: "GET",
  path: "/api/callbacks",
  need: "read",
  tag: "Callbacks",
  summary: "List callbacks",
  description:
    'Lists the newest callbacks first. While there are more, the `link` header has the next page (`rel="next"`).',
  query: t.Object({
    state: t.Optional(
      t.Array(t.String({ enum: DELIVERY_STATES }), {
        description: "Only callbacks in one of these states.",
      }),
    ),
    host: textParameter({ ...HOST, minLength: 0 }),
    ...pageParameters,
  }),
  replies: pageReplies("The callbacks.", t.Array(deliveryObject)),
  problems: ["invalid_parameter"],
  async handle({ query, request, caller }, { deliveries }: CallbacksParts) {
    const page = toPage(query);
    const found = await deliveries.list({
      ...page,
      ...ownerFilter(caller),
      // One more than asked for tells whether there is a next page.
      limit: page.limit + 1,
      states: query.state?.map(toState) ?? DELIVERY_STATES,
      ...(query.host === undefined ? {} : { host: query.host }),
    });
    const hasMore = found.length > page.limit;
    const rows = found.slice(0, page.limit);
    const toObject = toDeliveryObject;
    return pageReply(rows, { hasMore, request, toObject, toVersion: toObject });
  },
});

const redeliverDeadCallbacks = operation({
  id: "redeliverDeadCallbacks",
  method: "POST",
  path: "/api/callbacks/redeliver",
  need: "admin",
  event: "callback.redeliver",
  tag: "Callbacks",
  summary: "Send all dead callbacks to a host again",
  query: t.Object({ host: textParameter(HOST, { isRequired: true }) }),
  replies: {
    200: json(
      "The number of callbacks that are sent again.",
      t.Object({ redelivered: plainInteger() }),
    ),
  },
  problems: ["invalid_parameter", "store_unavailable"],
  async handle({ query, caller }, parts: CallbacksParts) {
    if (query.host === undefined || query.host === "")
      throw new ServerError(
        "invalid_parameter",
        "host must be the receiver's host, such as example.com or example.com:8443.",
      );
    const asked = { ...parts, caller };
    return jsonReply({ redelivered: await redeliverDead(query.host, asked) });
  },
});

const getCallback = operation({
  id: "getCallback",
  method: "GET",
  path: "/api/runs/:id/callback",
  need: "read",
  tag: "Callbacks",
  summary: "Look at the callback of a run",
  params: runId,
  replies: {
    200: json(
      "The callback with every attempt.",
      t.Object({
        ...deliveryObject.properties,
        attempts: t.Array(attemptObject),
      }),
    ),
  },
  problems: ["run_not_found", "callback_not_found"],
  async handle({ params, caller }, { store, deliveries }: CallbacksParts) {
    const { id } = params;
    await viewOf(caller, store).get(id);
    const delivery = await deliveries.find(id);
    if (delivery === undefined)
      throw new ServerError(
        "callback_not_found",
        `The run "${id}" has no callback to send again.`,
      );
    const attempts = (await deliveries.attempts(id)).map(toAttemptObject);
    return runReply(id, { ...toDeliveryObject(delivery), attempts });
  },
});

const redeliverCallback = operation({
  id: "redeliverCallback",
  method: "POST",
  path: "/api/runs/:id/callback/redeliver",
  need: "admin",
  event: "callback.redeliver",
  tag: "Callbacks",
  summary: "Send the callback of a run again",
  description:
    "The callback is sent with the same webhook-id, whether or not it was delivered before.",
  params: runId,
  replies: { 200: json("The callback, which is due now.", deliveryObject) },
  problems: ["run_not_found", "callback_not_owed", "store_unavailable"],
  async handle({ params, caller }, parts: CallbacksParts) {
    const delivery = await redeliver(params.id, { ...parts, caller });
    return runReply(params.id, toDeliveryObject(delivery));
  },
});

export const callbackOperations = [
  listCallbacks,
  redeliverDeadCallbacks,
  getCallback,
  redeliverCallback,
];

function toState(value: string): DeliveryState {
  const state = DELIVERY_STATES.find((name) => name === value);
  if (state === undefined)
    throw new ServerError(
      "invalid_parameter",
      `state must be one of ${DELIVERY_STATES.join(", ")}, not ${JSON.stringify(value)}.`,
    );
  return state;
}
