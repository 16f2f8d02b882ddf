/** A run: what it is doing, what came of it, and what can be done with it. */
import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import type { RunSummary } from "../api/objects.ts";
import { isMissing } from "../api/request.ts";
import { toShortId } from "../format/amounts.ts";
import { announceFailure } from "../parts/announce.tsx";
import { Icon } from "../parts/icon.tsx";
import { Elapsed, Moment } from "../parts/moment.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Failure, Loading, toMessage } from "../parts/states.tsx";
import { StatusBadge } from "../parts/status-badge.tsx";
import { toDuration } from "../format/time.ts";
import { Artifacts } from "./artifacts.tsx";
import { CancelButton } from "./cancel-button.tsx";
import { ErrorView } from "./error-view.tsx";
import { Facts } from "./facts.tsx";
import { LogView, useLog } from "./log-view.tsx";
import { Payload } from "./payload.tsx";
import { Progress } from "./progress.tsx";
import { repeatRun } from "./repeat.ts";
import { RunCallback } from "./run-callback.tsx";
import { Timeline } from "./timeline.tsx";
import { isActive, useRun } from "./use-run.ts";

export function RunPage() {
  const id = useRoute().params["id"] ?? "";
  return <OneRun key={id} id={id} />;
}

function OneRun({ id }: { id: string }) {
  const watched = useRun(id);
  if (watched.run !== undefined)
    return <Shown watched={watched} run={watched.run} />;
  return (
    <>
      <a class="back-link" href="/runs">
        All runs
      </a>
      <PageHead title={`Run ${toShortId(id)}`} />
      {isMissing(watched.error) ? (
        <Empty icon="search" title="There is no such run">
          It may have been deleted, or belong to another key.
        </Empty>
      ) : watched.error === undefined ? (
        <Loading rows={6} />
      ) : (
        <Failure error={watched.error} onRetry={watched.reload} />
      )}
    </>
  );
}

function Shown(props: { watched: ReturnType<typeof useRun>; run: RunSummary }) {
  const { watched, run } = props;
  const { events, reload } = watched;
  const log = useLog(run, events);
  const isGoing = isActive(run);
  // Until it has, it is not known whether the events say something of a callback.
  const isSettled = watched.live === "missing" || events.length > 0;
  return (
    <>
      <a class="back-link" href="/runs">
        All runs
      </a>
      <PageHead
        title={`${run.action_id} ${toShortId(run.id)}`}
        heading={
          <>
            <a class="plain" href={`/actions/${run.action_id}`}>
              <span class="muted">{run.package}/</span>
              {run.action}
            </a>{" "}
            <StatusBadge state={run.state} />
          </>
        }
        lead={<Lead run={run} />}
      >
        {isGoing ? (
          <CancelButton run={run} onDone={reload} />
        ) : (
          <Again run={run} />
        )}
      </PageHead>
      {isGoing && <Progress events={events} />}
      <div class="columns">
        <div class="columns-main">
          <Outcome
            run={run}
            stack={log.lines.findLast((line) => line.stack)?.stack}
          />
          <LogView run={run} log={log} />
          <section class="card" aria-labelledby="input-title">
            <h2 id="input-title">Input</h2>
            <Payload run={run} member="inputs" />
          </section>
        </div>
        <div class="columns-side">
          <Timeline run={run} events={events} />
          <Artifacts run={run} />
          {isSettled && <RunCallback run={run} events={events} />}
          <Facts run={run} />
        </div>
      </div>
    </>
  );
}

function Lead({ run }: { run: RunSummary }) {
  if (isActive(run))
    return (
      <>
        {run.state === "queued" ? "Queued for " : "Running for "}
        <Elapsed since={run.start_time || run.created_time} />
      </>
    );
  return (
    <>
      {run.run_time !== null && `Took ${toDuration(run.run_time * 1000)}, `}
      ended <Moment time={run.finish_time ?? run.created_time} />
    </>
  );
}

function Outcome({
  run,
  stack,
}: {
  run: RunSummary;
  stack: string | undefined;
}) {
  if (run.state === "passed")
    return (
      <section class="card" aria-labelledby="result-title">
        <h2 id="result-title">Result</h2>
        <Payload run={run} member="result" />
      </section>
    );
  if (isActive(run)) return null;
  return (
    <section class="card" aria-labelledby="result-title">
      <h2 id="result-title">
        {run.state === "failed" ? "Why it failed" : "Why it was cancelled"}
      </h2>
      <ErrorView run={run} stack={stack} />
    </section>
  );
}

function Again({ run }: { run: RunSummary }) {
  const { route } = useLocation();
  const [isBusy, setBusy] = useState(false);
  const repeat = async () => {
    setBusy(true);
    try {
      route(`/runs/${await repeatRun(run)}`);
    } catch (error) {
      announceFailure(toMessage(error));
      setBusy(false);
    }
  };
  return (
    <>
      <a class="button" href={`/actions/${run.action_id}?from=${run.id}`}>
        <Icon name="edit" /> Edit and run
      </a>
      <button
        type="button"
        class="button button-primary"
        disabled={isBusy}
        onClick={() => {
          void repeat();
        }}
      >
        <Icon name="repeat" /> Run again
      </button>
    </>
  );
}
