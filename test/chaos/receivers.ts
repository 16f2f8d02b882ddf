/** Receivers of every kind, and all that ever arrived at them. */
import { type Received, startReceiver } from "../callback/receiver.ts";
import { between, fork, type Random } from "./random.ts";

/** A callback that arrived. */
export interface Arrival {
  readonly webhookId: string;
  readonly body: string;
  /** The receiver said that it has it. */
  readonly isTaken: boolean;
}

export function startReceivers(random: Random) {
  const arrivals = new Map<string, Arrival[]>();
  const answer = ({ headers, body }: Received, isTaken: boolean) => {
    const id = headers.get("x-action-server-run-id") ?? "";
    const webhookId = headers.get("webhook-id") ?? "";
    const earlier = arrivals.get(id) ?? [];
    arrivals.set(id, [...earlier, { webhookId, body, isTaken }]);
    return new Response(null, { status: isTaken ? 200 : 500 });
  };
  const slowness = fork(random);
  const luck = fork(random);
  const good = startReceiver((received) => answer(received, true));
  const slow = startReceiver(async (received) => {
    await Bun.sleep(between(slowness, 1, 60));
    return answer(received, true);
  });
  const failing = startReceiver((received) => answer(received, luck() < 0.5));
  return {
    /** Where something listens that takes callbacks sooner or later. */
    urls: [good.url, slow.url, failing.url],
    /** Where nothing listens. */
    dead: "http://127.0.0.1:1/",
    /** By run. */
    arrivals,
    async [Symbol.asyncDispose]() {
      for (const receiver of [good, slow, failing])
        await receiver[Symbol.asyncDispose]();
    },
  };
}
