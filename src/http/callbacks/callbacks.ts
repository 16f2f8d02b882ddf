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
import type { RunStore } from "../../run/run.ts";
import { ownerFilter, viewOf } from "../../run/view.ts";
import type { Access } from "../gate/access.ts";
import type { AuditTrail } from "../gate/audit.ts";
import { describeCallbacks } from "./describe-callbacks.ts";
import { pageReply, toPage } from "../page.ts";
import { runReply } from "../reply.ts";

export interface CallbacksParts {
  readonly access: Access;
  readonly trail?: AuditTrail | undefined;
  readonly store: RunStore;
  readonly deliveries: DeliveryStore;
  /** Called when a callback to this host has become due. */
  readonly onOwed: (host: string) => void;
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
      ({ query, request }) => redeliverDead(query.host, request, parts),
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
      ({ params, caller, request }) =>
        redeliver(params.id, request, { ...parts, caller }),
      {
        parse: "none",
        params: runId,
        detail: describeCallbacks.redeliverCallback,
      },
    );
}

function look(id: string, { caller, store, deliveries }: Asked): Response {
  viewOf(caller, store).get(id);
  const delivery = deliveries.find(id);
  if (delivery === undefined)
    throw new ServerError(
      "callback_not_found",
      `The run "${id}" owes no callback.`,
    );
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
  request: Request,
  { caller, store, deliveries, onOwed, trail }: Asked,
): Promise<Response> {
  viewOf(caller, store).get(id);
  if (!(await deliveries.redeliver(id, Date.now())))
    throw new ServerError(
      "callback_not_owed",
      `The run "${id}" owes no callback.`,
    );
  const delivery = deliveries.find(id) as Delivery;
  onOwed(delivery.host);
  trail?.allow("callback.redeliver", request, { run_id: id });
  return runReply(id, toDeliveryObject(delivery));
}

async function redeliverDead(
  host: string | undefined,
  request: Request,
  { deliveries, onOwed, trail }: CallbacksParts,
): Promise<{ redelivered: number }> {
  if (host === undefined || host === "")
    throw new ServerError(
      "invalid_parameter",
      "host must be the receiver's host, such as example.com or example.com:8443.",
    );
  const redelivered = await deliveries.redeliverDead(host, Date.now());
  if (redelivered > 0) onOwed(host);
  const result = `${redelivered} to ${host}`;
  trail?.allow("callback.redeliver", request, { result });
  return { redelivered };
}

function list(
  query: typeof listQuery.static,
  url: string,
  { caller, deliveries }: Asked,
): Response {
  const page = toPage(query);
  const found = deliveries.list({
    ...page,
    ...ownerFilter(caller),
    // One more than asked for tells whether there is a next page.
    limit: page.limit + 1,
    states: query.state?.map(toState) ?? DELIVERY_STATES,
    ...(query.host === undefined ? {} : { host: query.host }),
  });
  return pageReply(found, { ...page, url, toObject: toDeliveryObject });
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
