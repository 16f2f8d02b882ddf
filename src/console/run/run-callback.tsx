/** The callback that a run owes, with its attempts. */
import type {
  Delivery,
  DeliveryAttempt,
  RunEvent,
  RunSummary,
} from "../api/objects.ts";
import { ask } from "../api/request.ts";
import { useInterval, useResource } from "../api/resource.ts";
import { Attempts } from "../callbacks/attempts.tsx";
import { RedeliverButton } from "../callbacks/redeliver.tsx";
import { StatusBadge } from "../parts/status-badge.tsx";
import { isActive, runPath } from "./use-run.ts";

const POLL_MS = 3000;

/** Nothing where the run owes none. */
export function RunCallback(props: {
  run: RunSummary;
  events: readonly RunEvent[];
}) {
  return mayOwe(props.run, props.events) ? <Owed run={props.run} /> : null;
}

/** Only what was detached owes a callback; where there are events, one of them says that it does. */
function mayOwe(run: RunSummary, events: readonly RunEvent[]): boolean {
  if (!run.detached || isActive(run)) return false;
  return (
    events.length === 0 ||
    events.some(({ name }) => name === "owed" || name === "callback_attempt")
  );
}

function Owed({ run }: { run: RunSummary }) {
  const { value, reload } = useResource(
    `callback of ${run.id}, ${run.state}`,
    (signal) =>
      ask<Delivery & { attempts: readonly DeliveryAttempt[] }>(
        `${runPath(run.id)}/callback`,
        { signal },
      ),
  );
  useInterval(value?.state === "pending" ? POLL_MS : undefined, reload);
  if (value === undefined) return null;
  return (
    <section class="card" aria-labelledby="callback-title">
      <div class="card-head">
        <h2 id="callback-title">Callback</h2>
        <StatusBadge state={value.state} />
        <span class="spacer" />
        <RedeliverButton runId={run.id} onDone={reload} />
      </div>
      <p class="mono small wrap">{value.url}</p>
      <Attempts delivery={value} attempts={value.attempts} />
    </section>
  );
}
