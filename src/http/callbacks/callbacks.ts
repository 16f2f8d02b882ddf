/** Deliveries over HTTP: what is owed, what was tried, and sending it again. */
import { Elysia, t } from "elysia";
import { ServerError } from "../../errors.ts";
import type { Caller } from "../../access/caller.ts";
import {
  DELIVERY_STATES,
  type Delivery,
  type DeliveryState,
  type DeliveryStore,
} from "../../run/delivery.ts";
import type { RunEvents } from "../../run/events.ts";
import { redeliver, redeliverDead } from "../../run/redeliver.ts";
import type { RunStore } from "../../run/store.ts";
import { ownerFilter, viewOf } from "../../run/view.ts";
import type { Access } from "../gate/access.ts";
import { describeCallbacks } from "./describe-callbacks.ts";
import { pageReply, toPage } from "../page.ts";
import { runReply } from "../reply.ts";

export interface CallbacksParts {
  readonly access: Access;
  readonly store: RunStore;
  readonly deliveries: DeliveryStore;
  readonly events: RunEvents;
}

type Asked = CallbacksParts & { readonly caller: Caller };

const runId = t.Object({ id: t.String() });
const listQuery = t.Object({
  state: t.Optional(t.Array(t.String())),
  host: t.Optional(t.String()),
  limit: t.Optional(t.String()),
  before: t.Optional(t.String()),
});
export function callbacks(parts: CallbacksParts) {
  return new Elysia({ prefix: "/api" })
    .use(parts.access)
    .get(
      "/callbacks",
      ({ query, request, caller }) =>
        list(query, request.url, { ...parts, caller }),
      {
        query: listQuery,
        detail: describeCallbacks.listCallbacks,
      },
    )
    .post(
      "/callbacks/redeliver",
      ({ query, caller }) => redeliverHost(query.host, { ...parts, caller }),
      {
        parse: "none",
        query: t.Object({ host: t.Optional(t.String()) }),
        detail: describeCallbacks.redeliverDeadCallbacks,
      },
    )
    .get(
      "/runs/:id/callback",
      ({ params, caller }) => look(params.id, { ...parts, caller }),
      {
        params: runId,
        detail: describeCallbacks.getCallback,
      },
    )
    .post(
      "/runs/:id/callback/redeliver",
      async ({ params, caller }) => {
        const delivery = await redeliver(params.id, { ...parts, caller });
        return runReply(params.id, toDeliveryObject(delivery));
      },
      {
        parse: "none",
        params: runId,
        detail: describeCallbacks.redeliverCallback,
      },
    );
}

async function look(
  id: string,
  { caller, store, deliveries }: Asked,
): Promise<Response> {
  await viewOf(caller, store).get(id);
  const delivery = await deliveries.find(id);
  if (delivery === undefined)
    throw new ServerError(
      "callback_not_found",
      `The run "${id}" owes no callback.`,
    );
  const made = await deliveries.attempts(id);
  const attempts = made.map((attempt) => ({
    number: attempt.number,
    time: new Date(attempt.at).toISOString(),
    status: attempt.httpStatus,
    milliseconds: Math.round(attempt.ms * 1000) / 1000,
    error: attempt.error,
  }));
  return runReply(id, { ...toDeliveryObject(delivery), attempts });
}

async function redeliverHost(
  host: string | undefined,
  asked: Asked,
): Promise<{ redelivered: number }> {
  if (host === undefined || host === "")
    throw new ServerError(
      "invalid_parameter",
      "host must be the receiver's host, such as example.com or example.com:8443.",
    );
  return { redelivered: await redeliverDead(host, asked) };
}

async function list(
  query: typeof listQuery.static,
  url: string,
  { caller, deliveries }: Asked,
): Promise<Response> {
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
  return pageReply(rows, { hasMore, url, toObject: toDeliveryObject });
}

function toState(value: string): DeliveryState {
  const state = DELIVERY_STATES.find((name) => name === value);
  if (state === undefined)
    throw new ServerError(
      "invalid_parameter",
      `state must be one of ${DELIVERY_STATES.join(", ")}, not ${JSON.stringify(value)}.`,
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
