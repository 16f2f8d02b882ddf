/** What became of the run that the form has started. */
import { useEffect, useRef } from "preact/hooks";
import { toShortId } from "../format/amounts.ts";
import { toDuration } from "../format/time.ts";
import { Icon } from "../parts/icon.tsx";
import { Elapsed } from "../parts/moment.tsx";
import { Empty, Failure, toMessage } from "../parts/states.tsx";
import { StatusBadge } from "../parts/status-badge.tsx";
import { CancelButton } from "../run/cancel-button.tsx";
import { ErrorView } from "../run/error-view.tsx";
import { Payload } from "../run/payload.tsx";
import { isActive, useRun } from "../run/use-run.ts";
import type { Started } from "./start.ts";

export function OutcomePanel(props: {
  started: Started | undefined;
  refusal: unknown;
}) {
  const { started, refusal } = props;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone it is below the form.
    if (started !== undefined || refusal !== undefined)
      panel.current?.scrollIntoView({ block: "nearest" });
  }, [started, refusal]);
  return (
    <section class="card outcome" aria-labelledby="outcome-title" ref={panel}>
      {refusal !== undefined ? (
        <>
          <h2 id="outcome-title">Not started</h2>
          <div class="notice notice-bad" role="alert">
            {toMessage(refusal)}
          </div>
        </>
      ) : started === undefined ? (
        <>
          <h2 id="outcome-title">Result</h2>
          <Empty icon="runs" title="No runs yet">
            The result appears here.
          </Empty>
        </>
      ) : (
        <Watched key={started.runId} started={started} />
      )}
    </section>
  );
}

function Watched({ started }: { started: Started }) {
  const { runId } = started;
  const { run, error, reload } = useRun(runId);
  return (
    <>
      <div class="card-head">
        <h2 id="outcome-title">Result</h2>
        {run !== undefined && <StatusBadge state={run.state} />}
        <span class="spacer" />
        <a class="mono small" href={`/runs/${runId}`}>
          {toShortId(runId)}
        </a>
      </div>
      {run === undefined ? (
        error === undefined ? null : (
          <Failure error={error} onRetry={reload} />
        )
      ) : isActive(run) ? (
        <div class="waiting" role="status">
          <span class="spinner" aria-hidden="true" />
          <span>
            {run.state === "queued" ? "Queued for " : "Running for "}
            <Elapsed since={run.start_time || run.created_time} />
          </span>
          <span class="spacer" />
          <CancelButton run={run} onDone={reload} />
        </div>
      ) : (
        <div role="status">
          <p class="outcome-line">
            {run.run_time === null
              ? "It never started."
              : `Took ${toDuration(run.run_time * 1000)}.`}{" "}
            <a href={`/runs/${runId}`}>
              See the run <Icon name="next" />
            </a>
          </p>
          {run.state === "passed" ? (
            <Payload run={run} member="result" />
          ) : (
            <ErrorView run={run} />
          )}
        </div>
      )}
    </>
  );
}
