/** Deletes a finished run and all that was kept of it. */
import type { Caller } from "../access/caller.ts";
import { ServerError } from "../errors.ts";
import type { RunEvents } from "./events.ts";
import type { RunId } from "./run.ts";
import type { RunStore } from "./store.ts";
import { viewOf } from "./view.ts";

/** @throws {ServerError} `run_not_found`; `run_not_finished` while it is not finished, or its callback is pending */
export async function deleteRun(
  id: RunId,
  {
    caller,
    store,
    events,
  }: { caller: Caller; store: RunStore; events: RunEvents },
): Promise<void> {
  const run = await viewOf(caller, store).get(id);
  if (!(await store.delete(run.id)))
    throw new ServerError(
      "run_not_finished",
      `The run "${run.id}" is not finished, or its callback is still pending: it is kept.`,
    );
  events.publish(run, { kind: "deleted", by: caller });
}
