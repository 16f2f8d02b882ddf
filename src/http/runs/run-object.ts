/** The run object: a run as clients see it. The first block of members is that of Sema4.ai's Action Server. */
import { t } from "elysia";
import { ARTIFACTS } from "../../run/artifacts/artifact-folder.ts";
import { type Run, STATUSES } from "../../run/run.ts";
import { plainInteger } from "../openapi/describe.ts";

/** The parameter of paths below `/api/runs/{id}`. */
export const runId = t.Object({
  id: t.String({ description: "The run's id." }),
});

export const runObject = t.Object(
  {
    id: t.String({ format: "uuid", description: "The run's id, a UUIDv7." }),
    numbered_id: plainInteger({
      description:
        "1, 2, 3 and so on, in the order of acceptance. No number is used twice.",
    }),
    action_id: t.String({ description: "{package}/{action}" }),
    status: plainInteger({
      minimum: 0,
      maximum: 4,
      description: "0 queued, 1 running, 2 passed, 3 failed, 4 cancelled.",
    }),
    start_time: t.String({
      format: "date-time",
      description:
        "When the run started, in ISO 8601 UTC; before that, when it was accepted.",
    }),
    run_time: t.Union([t.Number(), t.Null()], {
      description:
        "The seconds from its start to its end. The time in the queue does not count.",
    }),
    inputs: t.String({ description: "The input as JSON text." }),
    result: t.Union([t.String(), t.Null()], {
      description:
        "The result as JSON text; null unless the run passed, or failed with a body of its own.",
    }),
    error_message: t.Union([t.String(), t.Null()], {
      description: "Why the run did not pass, for people.",
    }),
    request_id: t.String({
      description: 'The caller\'s own id; "" if it gave none.',
    }),
    relative_artifacts_dir: t.String({
      description:
        'The folder of its artifacts, relative to the data folder; "" if there are none.',
    }),
    state: t.Unsafe<Run["status"]>({
      type: "string",
      enum: [...STATUSES],
      description: "The status as a word.",
    }),
    package: t.String(),
    action: t.String(),
    created_time: t.String({
      description: "When the run was accepted, in ISO 8601 UTC.",
    }),
    finish_time: t.Union([t.String(), t.Null()], {
      description: "When the run ended, in ISO 8601 UTC; null before that.",
    }),
    error: t.Union(
      [
        t.Object({
          code: t.String(),
          message: t.String(),
          data: t.Optional(t.Unknown()),
        }),
        t.Null(),
      ],
      { description: "Why the run did not pass, for programs." },
    ),
    attempt: plainInteger({
      minimum: 1,
      description:
        "How many times the action's code has been called for this run, including this attempt.",
    }),
    next_attempt_time: t.Union([t.String(), t.Null()], {
      description:
        "When the next attempt is due, in ISO 8601 UTC; null unless the run is waiting for one.",
    }),
    detached: t.Boolean({
      description:
        'Whether the caller has stopped waiting: it was told "async-return", or its connection broke.',
    }),
    key_id: t.String({
      description:
        'The id of the API key that it was started with; "" if that needed none.',
    }),
  },
  { title: "Run" },
);

export type RunObject = typeof runObject.static;

export function toRunObject(run: Run): RunObject {
  return {
    id: run.id,
    numbered_id: run.numberedId,
    action_id: `${run.package}/${run.action}`,
    status: STATUSES.indexOf(run.status),
    start_time: toTime(run.startedAt ?? run.createdAt),
    run_time: run.runMs === null ? null : Math.round(run.runMs * 1000) / 1e6,
    inputs: run.input,
    result: run.result ?? run.error?.body ?? null,
    error_message: run.error?.message ?? null,
    request_id: run.requestId,
    relative_artifacts_dir: run.hasArtifacts ? `${ARTIFACTS}/${run.id}` : "",
    state: run.status,
    package: run.package,
    action: run.action,
    created_time: toTime(run.createdAt),
    finish_time: run.finishedAt === null ? null : toTime(run.finishedAt),
    error: run.error === null ? null : toErrorObject(run.error),
    attempt: run.attempt,
    next_attempt_time:
      run.nextAttemptAt === null ? null : toTime(run.nextAttemptAt),
    detached: run.detached,
    key_id: run.owner,
  };
}

function toErrorObject({ code, message, data }: NonNullable<Run["error"]>) {
  return { code, message, ...(data === undefined ? {} : { data }) };
}

/** Python's `fromisoformat` reads no `Z` before version 3.11. */
function toTime(at: number): string {
  return new Date(at).toISOString().replace("Z", "+00:00");
}
