/** What a replica changes: runs, which are folded, and the rest, each a statement of its own. */
import type { RunId } from "../../../run/run.ts";
import type { End, Finisher, NewRun } from "../../../run/store.ts";
import type { Parameter } from "../connect/client.ts";

/** What a fleet has to know of a run besides. */
export interface FleetMembers {
  /** A hash of the action and its concurrency key; null where the action has no limit of its own. */
  readonly lane: string | null;
  /** 0: it is interrupted when its replica dies; n: it is begun n times in all. */
  readonly retryLimit: number;
  readonly actionVersion: string;
}

export type RunChange =
  | {
      readonly kind: "insert";
      readonly id: RunId;
      readonly run: NewRun & Partial<FleetMembers>;
      readonly end: End | undefined;
    }
  | {
      readonly kind: "start";
      readonly id: RunId;
      readonly startedAt: number;
      readonly attempt: number;
    }
  | {
      readonly kind: "postpone";
      readonly id: RunId;
      readonly nextAttemptAt: number;
    }
  | { readonly kind: "resume"; readonly id: RunId; readonly attempt: number }
  | {
      readonly kind: "detach" | "unheard";
      readonly id: RunId;
      readonly at: number;
    }
  | {
      readonly kind: "finish";
      readonly id: RunId;
      readonly end: End;
      readonly by: Finisher;
    }
  /** The code of a run that somebody else has ended has ended too. */
  | { readonly kind: "release"; readonly id: RunId };

/** Any other change. What it is answered are the rows of its statement. */
export interface OtherChange {
  readonly kind: "other";
  /** The run that it concerns: its changes keep their order. */
  readonly id: RunId | undefined;
  readonly text: string;
  readonly parameters: readonly Parameter[];
}

export type Change = RunChange | OtherChange;

/** What is answered to a change of a run. */
export interface RunAnswer {
  /** Whether it took effect. */
  readonly isMade: boolean;
  /** Whether the run is detached now. */
  readonly isDetached: boolean;
  /** Host and port that are now owed the outcome. */
  readonly owedTo?: string;
}

/** About how many characters of text it has. */
export function lengthOf(change: Change): number {
  if (change.kind === "insert")
    return change.run.input.length + lengthOfEnd(change.end);
  if (change.kind === "finish") return lengthOfEnd(change.end);
  if (change.kind !== "other") return SMALL;
  return change.parameters.reduce<number>(
    (sum, value) => sum + (typeof value === "string" ? value.length : 0),
    SMALL,
  );
}

function lengthOfEnd(end: End | undefined): number {
  return end?.outcome.status === "passed" ? end.outcome.result.length : SMALL;
}

const SMALL = 64;
