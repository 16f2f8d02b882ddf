/** The lines of a run's log: read, put in order, and searched. */
import type { LogLine, RunEvent } from "../api/objects.ts";

export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

/** @param text JSON lines; a line that is cut off is left out */
export function parseLines(text: string): LogLine[] {
  return text.split("\n").flatMap((line) => {
    if (line.trim() === "") return [];
    try {
      return [JSON.parse(line) as LogLine];
    } catch {
      return [];
    }
  });
}

/** @returns lines that were loaded and lines that came live, each once, in order */
export function mergeLines(
  loaded: readonly LogLine[],
  events: readonly RunEvent[],
): LogLine[] {
  const bySeq = new Map(loaded.map((line) => [line.seq, line]));
  for (const event of events) {
    if (event.name !== "log") continue;
    const line = event as unknown as LogLine;
    bySeq.set(line.seq, line);
  }
  return [...bySeq.values()].toSorted((one, other) => one.seq - other.seq);
}

/** @param filter.level lines of lower levels are left out */
export function filterLines(
  lines: readonly LogLine[],
  filter: { readonly text: string; readonly level: Level },
): LogLine[] {
  const text = filter.text.toLowerCase();
  const least = LEVELS.indexOf(filter.level);
  return lines.filter(
    (line) =>
      rankOf(line.level) >= least &&
      (text === "" || toSearchable(line).includes(text)),
  );
}

function rankOf(level: string): number {
  const rank = LEVELS.findIndex((name) => name === level);
  return rank < 0 ? LEVELS.length : rank;
}

function toSearchable({ message, fields, stack }: LogLine): string {
  const members = fields === undefined ? "" : JSON.stringify(fields);
  return `${message} ${members} ${stack ?? ""}`.toLowerCase();
}
