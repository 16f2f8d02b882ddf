/** Entries of a kept log as text: lines, and the few facts about a run that are recorded nowhere else. */
import type { EventOf } from "../events.ts";
import type { RunError } from "../run.ts";
import type { LogLine } from "./line.ts";

type KeptFact =
  EventOf<"attempt_failed"> | EventOf<"started"> | EventOf<"unheard">;

/** An entry that was read. Moments are ISO 8601 UTC. */
export type Entry =
  | ({ readonly time: string } & LogLine)
  | {
      readonly time: string;
      readonly event: "attempt_failed";
      readonly attempt: number;
      readonly error: RunError;
      readonly next_attempt_time: string;
    }
  | {
      readonly time: string;
      readonly event: "started";
      readonly attempt: number;
    }
  | { readonly time: string; readonly event: "unheard" };

/** With it begin the entries that are no lines. */
const FACT = '{"event":';

export function toLineEntry(line: LogLine, at: number): string {
  return JSON.stringify({ time: new Date(at).toISOString(), ...line });
}

export function toFactEntry(fact: KeptFact): string {
  const time = new Date(fact.at).toISOString();
  const event = fact.kind;
  if (fact.kind === "unheard") return JSON.stringify({ event, time });
  const { attempt } = fact;
  if (fact.kind === "started") return JSON.stringify({ event, time, attempt });
  const { error, nextAttemptAt } = fact;
  const next_attempt_time = new Date(nextAttemptAt).toISOString();
  return JSON.stringify({ event, time, attempt, error, next_attempt_time });
}

export function isLineEntry(text: string): boolean {
  return !text.startsWith(FACT);
}
