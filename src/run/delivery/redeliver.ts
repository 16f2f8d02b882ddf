/** Sends callbacks again, whatever became of them. */
import type { Caller } from "../../access/caller.ts";
import { ServerError } from "../../errors.ts";
import type { Delivery, DeliveryStore } from "./delivery.ts";
import type { RunEvents } from "../events.ts";
import type { RunId } from "../run.ts";
import type { RunStore } from "../store.ts";
import { viewOf } from "../view.ts";

interface Parts {
  readonly caller: Caller;
  readonly store: RunStore;
  readonly deliveries: DeliveryStore;
  readonly events: RunEvents;
}

/** @throws {ServerError} `run_not_found`, `callback_not_owed` */
export async function redeliver(
  id: RunId,
  { caller, store, deliveries, events }: Parts,
): Promise<Delivery> {
  const run = await viewOf(caller, store).get(id);
  const delivery = await deliveries.redeliver(run.id, Date.now());
  if (delivery === undefined)
    throw new ServerError(
      "callback_not_owed",
      `The run "${run.id}" has no callback to send again.`,
    );
  events.publish(run, { kind: "owed", host: delivery.host });
  events.publish(run, { kind: "redelivered", by: caller });
  return delivery;
}

/** Sends all dead callbacks of a receiver again, everybody's. @returns how many */
export async function redeliverDead(
  host: string,
  { caller, deliveries, events }: Omit<Parts, "store">,
): Promise<number> {
  const count = await deliveries.redeliverDead(host, Date.now());
  events.publishForHost({ kind: "host_redelivered", host, count, by: caller });
  return count;
}
