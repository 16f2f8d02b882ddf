/** Code that goes on although its run has its outcome: it keeps its slot until it ends. */
import type { ServerState } from "../api/objects.ts";
import { toShortId } from "../format/amounts.ts";
import { Elapsed } from "../parts/moment.tsx";

export function Lingering(props: {
  runs: NonNullable<ServerState["lingering"]>;
}) {
  if (props.runs.length === 0) return null;
  return (
    <section class="card" aria-labelledby="lingering-title">
      <h2 id="lingering-title">Lingering code</h2>
      <p class="muted">
        These runs have ended, but their code is still running and keeps its
        slot. An action with process isolation would have been killed.
      </p>
      <ul class="lines">
        {props.runs.map(({ run_id, action_id, since }) => (
          <li key={run_id} class="line">
            <a href={`/runs/${run_id}`}>{action_id}</a>
            <span class="mono small">{toShortId(run_id)}</span>
            <span class="spacer" />
            <span class="muted small">
              for <Elapsed since={since} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
