/** When a run was queued and when it ran, drawn and told. */
import type { RunEvent, RunSummary } from "../api/objects.ts";
import { toAbsolute, toDuration } from "../format/time.ts";
import { useNow } from "../parts/moment.tsx";
import { startOf, toSteps } from "./steps.ts";

export function Timeline(props: {
  run: RunSummary;
  events: readonly RunEvent[];
}) {
  const { run, events } = props;
  return (
    <section class="card" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Timeline</h2>
      <Bar run={run} />
      <ol class="steps">
        {toSteps(run, events).map(({ time, text, tone, detail }, index) => (
          <li key={index} class={`step step-${tone}`}>
            <span class="step-text">{text}</span>
            <time class="step-time" dateTime={time}>
              {toAbsolute(time)}
            </time>
            {detail !== undefined && <span class="step-detail">{detail}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Bar({ run }: { run: RunSummary }) {
  const current = useNow();
  const created = Date.parse(run.created_time);
  const startTime = startOf(run);
  const end =
    run.finish_time === null
      ? Math.max(current, Date.now())
      : Date.parse(run.finish_time);
  const started = startTime === undefined ? end : Date.parse(startTime);
  const queuedMs = Math.max(0, started - created);
  const ranMs =
    run.run_time === null ? Math.max(0, end - started) : run.run_time * 1000;
  const whole = queuedMs + ranMs || 1;
  const width = (ms: number) => `${(100 * ms) / whole}%`;
  return (
    <div class="span">
      <div class="span-bar" aria-hidden="true">
        <span class="span-queued" style={{ width: width(queuedMs) }} />
        <span
          class={`span-ran span-${run.state}`}
          style={{ width: width(ranMs) }}
        />
      </div>
      <p class="span-text">
        <span>queued {toDuration(queuedMs)}</span>
        <span>{startTime === undefined ? "" : `ran ${toDuration(ranMs)}`}</span>
      </p>
    </div>
  );
}
