/** What the pages about a data folder and about a shared database have in common. */
import bytes from "bytes";
import ms from "ms";
import type { KeptContent } from "../../../store/kept-content.ts";

export type Row = readonly [heading: string, text: string];

/** What is kept, as the server is told to keep it. */
export interface Retained {
  readonly keepRunsMs: number;
  readonly keepCount: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** Receivers that are named. */
const MAX_HOSTS = 5;
const WIDTH = 13;

/** @returns `isWell`: there are no mistakes */
export function layOut(
  rows: readonly Row[],
  mistakes: readonly string[],
): { text: string; isWell: boolean } {
  const isWell = mistakes.length === 0;
  const findings: Row[] = [
    ["Findings", mistakes[0] ?? "nothing is wrong"],
    ...mistakes.slice(1).map((mistake): Row => ["", mistake]),
  ];
  const lines = [...rows, ...findings].map(
    ([heading, text]) => heading.padEnd(WIDTH) + text,
  );
  return { text: `${lines.join("\n")}\n`, isWell };
}

export function* findDead(dead: KeptContent["dead"]): Generator<string> {
  const count = sum(dead);
  if (count > 0)
    yield `${callbacks(count)} dead. When the receiver is well again, send them with POST /api/callbacks/redeliver?host=HOST.`;
}

export function contentRows(
  content: KeptContent,
  { keepRunsMs, keepCount, now }: Retained,
): Row[] {
  const { runCounts, oldestAt, oldestUnfinishedAt, pending, dead } = content;
  const age = (at: number | null) =>
    at === null ? "none" : `${ms(now - at, { long: true })} ago`;
  const counts = Object.entries(runCounts).map(
    ([status, count]) => `${count} ${status}`,
  );
  const keep = keepRunsMs === Infinity ? "forever" : ms(keepRunsMs);
  const limit = keepCount === Infinity ? "all" : String(keepCount);
  return [
    ["Runs", counts.join(", ")],
    [
      "Oldest run",
      `${age(oldestAt)}; without an outcome: ${age(oldestUnfinishedAt)}`,
    ],
    [
      "Callbacks",
      `owed: ${pending.count}, the oldest: ${age(pending.oldestAt)}; dead: ${sum(dead)}`,
    ],
    ...dead
      .slice(0, MAX_HOSTS)
      .map(({ host, count }): Row => ["", `${count} dead to ${host}`]),
    [
      "Retention",
      `the next sweep would delete ${content.deletableCount} ${content.deletableCount === 1 ? "run" : "runs"} (--keep-runs ${keep}, --keep-count ${limit})`,
    ],
  ];
}

function sum(counted: readonly { readonly count: number }[]): number {
  return counted.reduce((all, { count }) => all + count, 0);
}

function callbacks(count: number): string {
  return count === 1 ? "1 callback is" : `${count} callbacks are`;
}

export function size(count: number): string {
  return bytes(count) ?? String(count);
}
