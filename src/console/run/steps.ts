/** What happened to a run, in order: from its events, and from what the run itself says where there are none. */
import type { RunEvent, RunSummary } from "../api/objects.ts";
import { toDuration } from "../format/time.ts";

type Tone = "good" | "bad" | "quiet" | "waiting" | "active";

export interface Step {
  readonly time: string;
  readonly text: string;
  readonly tone: Tone;
  readonly detail?: string | undefined;
}

const TONES: Readonly<Record<string, Tone>> = {
  passed: "good",
  failed: "bad",
  cancelled: "quiet",
};

export function toSteps(
  run: RunSummary,
  events: readonly RunEvent[],
): readonly Step[] {
  const told = events.flatMap((event) => toStep(event) ?? []);
  return [...stepsOfRun(run), ...told].toSorted(
    (one, other) => Date.parse(one.time) - Date.parse(other.time),
  );
}

/** @returns when the code was called, if it was */
export function startOf(run: RunSummary): string | undefined {
  if (run.start_time === "" || run.state === "queued") return undefined;
  return run.run_time === null && run.state !== "running"
    ? undefined
    : run.start_time;
}

function stepsOfRun(run: RunSummary): Step[] {
  const started = startOf(run);
  return [
    { time: run.created_time, text: "Accepted", tone: "waiting" },
    ...(started === undefined
      ? []
      : [
          {
            time: started,
            text: "Started",
            tone: "active" as const,
            detail: describeQueue(
              Date.parse(started) - Date.parse(run.created_time),
            ),
          },
        ]),
    ...(run.finish_time === null
      ? []
      : [
          {
            time: run.finish_time,
            text: toTitle(run.state),
            tone: TONES[run.state] ?? "quiet",
            detail:
              run.run_time === null
                ? "It never started."
                : `ran for ${toDuration(run.run_time * 1000)}`,
          },
        ]),
  ];
}

/** @returns undefined for what the run itself says, or what has a place of its own */
function toStep(event: RunEvent): Step | undefined {
  const { time } = event;
  switch (event.name) {
    case "attempt_failed":
      return {
        time,
        text: `Attempt ${textOf(event["attempt"])} failed`.replace("  ", " "),
        tone: "bad",
        detail: messageOf(event["error"]),
      };
    case "started":
      // The first one is told by the run itself.
      return Number(event["attempt"]) < 2
        ? undefined
        : {
            time,
            text: `Attempt ${textOf(event["attempt"])} started`,
            tone: "active",
          };
    case "detached":
      return {
        time,
        text: "Detached",
        tone: "quiet",
        detail: "The caller was told that the run continues in the background.",
      };
    case "unheard":
      return {
        time,
        text: "Unheard",
        tone: "quiet",
        detail: "The caller's connection broke.",
      };
    case "owed":
      return { time, text: "Callback due", tone: "waiting" };
    case "callback_attempt": {
      const error = messageOf(event["error"]);
      const status = textOf(event["status"]);
      return {
        time,
        text:
          error === undefined
            ? "Callback delivered"
            : "Callback attempt failed",
        tone: error === undefined ? "good" : "bad",
        detail: error ?? (status === "" ? undefined : `answered ${status}`),
      };
    }
    default:
      return undefined;
  }
}

function describeQueue(ms: number): string {
  return ms < 1 ? "immediately" : `after ${toDuration(ms)} in the queue`;
}

function toTitle(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function textOf(value: unknown): string {
  return typeof value === "number" || typeof value === "string"
    ? String(value)
    : "";
}

function messageOf(error: unknown): string | undefined {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null) return undefined;
  return textOf((error as { message?: unknown }).message);
}
