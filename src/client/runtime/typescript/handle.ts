/** What can be done with a run that goes on. */
import { type Connection, FIRST_PAUSE_MS, WAIT_SECONDS } from "./ask.ts";
import type { RunHandle, RunState } from "./calls.ts";
import { ActiondError } from "./errors.ts";
import { isPassing, isUnfinished, resultOf, toError } from "./replies.ts";
import { pause, readEvents } from "./streams.ts";

/** A run, by its id. */
export function attach(
  { request, ask }: Connection,
  id: string,
): RunHandle<unknown> {
  const path = `/api/runs/${encodeURIComponent(id)}`;
  return {
    id,
    async wait({ signal } = {}) {
      for (;;) {
        const reply = await ask(`${path}/result?wait=${WAIT_SECONDS}`, {
          signal,
        });
        if (!isUnfinished(reply)) return resultOf(reply);
      }
    },
    async *events({ signal } = {}) {
      let lastId: string | undefined;
      for (;;) {
        const headers = {
          accept: "text/event-stream",
          ...(lastId === undefined ? {} : { "last-event-id": lastId }),
        };
        try {
          const response = await request(`${path}/events`, {
            headers,
            signal,
          });
          if (response.status === 204) return;
          if (response.status !== 200) {
            const { status, headers: sent } = response;
            const text = await response.text();
            const reply = { status, headers: sent, text };
            if (!isPassing(reply)) throw toError(reply);
          } else
            for await (const event of readEvents(response)) {
              lastId = event.id;
              yield event;
              if (event.event === "finished") return;
            }
        } catch (error) {
          if (signal?.aborted === true) throw signal.reason;
          if (error instanceof ActiondError) throw error;
        }
        // Whether the server can be reached again, and still knows the run.
        resultOf(await ask(path, { signal }));
        await pause(FIRST_PAUSE_MS, signal);
      }
    },
    async cancel() {
      const reply = await ask(`${path}/cancel`, { method: "POST" });
      return resultOf(reply) as "cancelled" | "not-running";
    },
    async state({ signal } = {}) {
      return resultOf(await ask(path, { signal })) as RunState;
    },
  };
}
