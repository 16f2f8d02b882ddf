/** A run as commands show it. */
import { toOneLine } from "./table.ts";

/** The members of the run object that are shown. */
export interface RunView {
  readonly id: string;
  readonly action_id: string;
  readonly state: string;
  readonly start_time: string;
  readonly created_time: string;
  readonly finish_time: string | null;
  readonly run_time: number | null;
  readonly inputs: string;
  readonly result: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly request_id: string;
  readonly attempt: number;
  readonly next_attempt_time: string | null;
}

export const RUN_COLUMNS: readonly (readonly [
  string,
  (run: RunView) => string,
])[] = [
  ["ID", ({ id }) => id],
  ["ACTION", ({ action_id }) => action_id],
  ["STATE", ({ state }) => state],
  ["STARTED", ({ start_time }) => toSecond(start_time)],
  ["TIME", toTime],
  ["ERROR", ({ error }) => error?.code ?? ""],
];

/** @returns a line for each member that has a value */
export function describeRun(run: RunView): string {
  const members: readonly (readonly [string, string | null])[] = [
    ["Run", run.id],
    ["Action", run.action_id],
    ["State", run.state],
    ["Accepted", toSecond(run.created_time)],
    ["Finished", run.finish_time === null ? null : toSecond(run.finish_time)],
    ["Time", toTime(run)],
    ["Attempt", String(run.attempt)],
    [
      "Next attempt",
      run.next_attempt_time === null ? null : toSecond(run.next_attempt_time),
    ],
    ["Request id", run.request_id],
    ["Input", run.inputs],
    ["Result", run.result],
    [
      "Error",
      run.error === null ? null : `${run.error.code}: ${run.error.message}`,
    ],
  ];
  return members
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name.padEnd(13)} ${toOneLine(value ?? "")}\n`)
    .join("");
}

function toTime({ run_time: seconds }: RunView): string {
  if (seconds === null) return "";
  return seconds < 1
    ? `${Math.round(seconds * 1000)} ms`
    : `${seconds.toFixed(1)} s`;
}

/** In the time zone of the person. */
function toSecond(time: string): string {
  const date = new Date(time);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
}
