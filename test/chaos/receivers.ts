/** Receivers of every kind, and all that ever arrived at them. */
import { startReceiver } from "../callback/receiver.ts";
import { between, type Random } from "./random.ts";

/** A callback that a receiver said it has. */
export interface Taken {
  readonly webhookId: string;
  readonly body: string;
}

export function startReceivers(random: Random) {
  const taken = new Map<string, Taken[]>();
  const take = ({ headers, body }: { headers: Headers; body: string }) => {
    const id = headers.get("x-action-server-run-id") ?? "";
    const webhookId = headers.get("webhook-id") ?? "";
    taken.set(id, [...(taken.get(id) ?? []), { webhookId, body }]);
    return new Response();
  };
  const good = startReceiver(take);
  const slow = startReceiver(async (received) => {
    await Bun.sleep(between(random, 1, 60));
    return take(received);
  });
  const failing = startReceiver((received) =>
    random() < 0.5 ? new Response(null, { status: 500 }) : take(received),
  );
  return {
    /** Where something listens that takes callbacks sooner or later. */
    urls: [good.url, slow.url, failing.url],
    /** Where nothing listens. */
    dead: "http://127.0.0.1:1/",
    taken,
    async [Symbol.asyncDispose]() {
      for (const receiver of [good, slow, failing])
        await receiver[Symbol.asyncDispose]();
    },
  };
}
