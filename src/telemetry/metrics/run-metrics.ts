/** Counts what happens to runs, from the events that say so. */
import type { Meter } from "@opentelemetry/api";
import type { EventOf, RunEvents } from "../../run/events.ts";
import { ActionNames } from "./action-names.ts";
import { RUN_SECONDS } from "./buckets.ts";

/** Counts for as long as it is not disposed of. */
export function countRunEvents(meter: Meter, events: RunEvents): Disposable {
  const names = new ActionNames();
  const counter = (name: string, description: string) =>
    meter.createCounter(`actiond.${name}`, { description });
  const seconds = (name: string, description: string) =>
    meter.createHistogram(`actiond.${name}`, {
      description,
      unit: "s",
      advice: { explicitBucketBoundaries: RUN_SECONDS },
    });
  const accepted = counter("runs.accepted", "Runs that were recorded.");
  const repeated = counter(
    "runs.repeated",
    "Requests that were answered with the run of an earlier one.",
  );
  const started = counter(
    "run.attempts",
    "Calls of the code of runs, the first attempt and each later one.",
  );
  const retried = counter(
    "run.attempts.retried",
    "Attempts that failed and are followed by another one.",
  );
  const detached = counter(
    "runs.detached",
    "Runs whose callers were told async-return after they had waited.",
  );
  const unheard = counter(
    "runs.unheard",
    "Runs whose callers closed their connections before they were told anything.",
  );
  const finished = counter(
    "runs.finished",
    "Runs that have their outcome, by the outcome and by the kind of its error.",
  );
  const startDelay = seconds(
    "run.start.delay",
    "Time from the acceptance of a run until its code was called for the first time.",
  );
  const duration = seconds(
    "run.duration",
    "Time from the start of a run to its outcome, all attempts included.",
  );
  const lead = seconds(
    "run.lead",
    "Time from the acceptance of a run to its outcome.",
  );

  const onFinished = ({ run, outcome, runMs, at }: EventOf<"finished">) => {
    const action = names.of(run);
    const labels = { action, outcome: outcome.status };
    const error = outcome.status === "passed" ? "" : outcome.error.kind;
    finished.add(1, { ...labels, error });
    if (runMs !== null) duration.record(runMs / 1000, labels);
    lead.record(Math.max(0, at - run.createdAt) / 1000, labels);
  };
  const listening = new DisposableStack();
  listening.use(
    events.listen(["accepted"], ({ run }) => {
      accepted.add(1, { action: names.of(run) });
    }),
  );
  listening.use(
    events.listen(["started"], ({ run, attempt, at }) => {
      const action = names.of(run);
      started.add(1, { action });
      if (attempt === 1)
        startDelay.record(Math.max(0, at - run.createdAt) / 1000, { action });
    }),
  );
  listening.use(
    events.listen(["attempt_failed"], ({ run }) => {
      retried.add(1, { action: names.of(run) });
    }),
  );
  listening.use(events.listen(["finished"], onFinished));
  listening.use(
    events.listen(["repeated"], ({ run }) => {
      repeated.add(1, { action: names.of(run) });
    }),
  );
  listening.use(
    events.listen(["detached"], ({ run }) => {
      detached.add(1, { action: names.of(run) });
    }),
  );
  listening.use(
    events.listen(["unheard"], ({ run }) => {
      unheard.add(1, { action: names.of(run) });
    }),
  );
  return listening;
}
