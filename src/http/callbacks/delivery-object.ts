/** A delivery as HTTP shows it: the callback that a run owes, and its attempts. */
import { t } from "elysia";
import {
  type DeliveryAttempt,
  DELIVERY_STATES,
  type Delivery,
} from "../../run/delivery/delivery.ts";
import { plainInteger } from "../openapi/describe.ts";

export const deliveryObject = t.Object(
  {
    run_id: t.String(),
    numbered_id: plainInteger(),
    url: t.String(),
    host: t.String({
      description:
        "The receiver's host, with its port unless that is the usual one.",
    }),
    state: t.Unsafe<Delivery["state"]>({
      type: "string",
      enum: [...DELIVERY_STATES],
    }),
    attempt_count: plainInteger(),
    next_attempt_time: t.Union([t.String(), t.Null()], {
      description: "ISO 8601 UTC.",
    }),
    created_time: t.String({ description: "ISO 8601 UTC." }),
  },
  { title: "Callback" },
);

export const attemptObject = t.Object({
  number: plainInteger({ description: "1, 2, 3 and so on." }),
  time: t.String({ description: "ISO 8601 UTC." }),
  status: t.Union([plainInteger(), t.Null()], {
    description:
      "The HTTP status of the receiver's reply; null without a reply.",
  }),
  milliseconds: t.Number(),
  error: t.Union([t.String(), t.Null()]),
});

export function toDeliveryObject(
  delivery: Delivery,
): typeof deliveryObject.static {
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

export function toAttemptObject(
  attempt: DeliveryAttempt,
): typeof attemptObject.static {
  return {
    number: attempt.number,
    time: new Date(attempt.at).toISOString(),
    status: attempt.httpStatus,
    milliseconds: Math.round(attempt.ms * 1000) / 1000,
    error: attempt.error,
  };
}
