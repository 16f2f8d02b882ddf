/** Deliveries as they are read. */
import type {
  Delivery,
  DeliveryState,
} from "../../../run/delivery/delivery.ts";
import type { Row } from "../connect/client.ts";
import { toMoment } from "../columns.ts";

/** The columns of a delivery, of the table `d`, in the order of `toDelivery`. */
export const DELIVERY = [
  "numbered_id",
  "run_id",
  "url",
  "host",
  "state",
  "attempt_count",
  "next_attempt_at",
  "created_at",
  "owner",
]
  .map((name) => `d.${name}`)
  .join(", ");

export function toDelivery(row: Row): Delivery {
  const [numberedId, runId, url, host, state, attemptCount, ...rest] = row as [
    string,
    string,
    string,
    string,
    DeliveryState,
    number,
    string | null,
    string,
    string,
  ];
  const [nextAttemptAt, createdAt, owner] = rest;
  return {
    numberedId: Number(numberedId),
    runId,
    url,
    host,
    state,
    attemptCount,
    nextAttemptAt: toMoment(nextAttemptAt),
    createdAt: Number(createdAt),
    owner,
  };
}
