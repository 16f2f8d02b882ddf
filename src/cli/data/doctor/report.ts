/** Writes what was found in a data folder as a page for people. */
import bytes from "bytes";
import ms from "ms";
import type { Examination } from "../../../store/sqlite/examine/examine.ts";

interface Asked {
  readonly data: string;
  readonly keepRunsMs: number;
  readonly keepCount: number;
  readonly minFreeDiskBytes: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

type Row = readonly [heading: string, text: string];

/** Receivers that are named. */
const MAX_HOSTS = 5;
const WIDTH = 13;

/** @returns `isWell`: nothing has to be put right */
export function writeReport(
  found: Examination,
  asked: Asked,
): { text: string; isWell: boolean } {
  const mistakes = [...findMistakes(found, asked)];
  const rows: Row[] = [
    [
      "Data folder",
      `${asked.data}, ${found.isInUse ? "which a server is using" : "which no server is using"}`,
    ],
    ...sizeRows(found),
    ...contentRows(found, asked),
    [
      "Findings",
      mistakes.length === 0 ? "nothing is wrong" : (mistakes[0] ?? ""),
    ],
    ...mistakes.slice(1).map((mistake): Row => ["", mistake]),
  ];
  const lines = rows.map(([heading, text]) => heading.padEnd(WIDTH) + text);
  return { text: `${lines.join("\n")}\n`, isWell: mistakes.length === 0 };
}

function* findMistakes(
  { integrity, wrongModes, diskFreeBytes, isKnownSchema, content }: Examination,
  { minFreeDiskBytes }: Asked,
): Generator<string> {
  if (integrity[0] !== "ok")
    for (const damage of integrity)
      yield `The database is damaged: ${damage}. Restore a backup.`;
  yield* wrongModes;
  if (diskFreeBytes < minFreeDiskBytes)
    yield `The disk has less room than new runs need (--min-free-disk ${size(minFreeDiskBytes)}).`;
  if (!isKnownSchema)
    yield "The database has the schema of another version. Start the server of this version once, or use the actiond that wrote it.";
  const deadCount = sum(content?.dead ?? []);
  if (deadCount > 0)
    yield `${callbacks(deadCount)} dead. When the receiver is well again, send them with POST /api/callbacks/redeliver?host=HOST.`;
}

function sizeRows({ sizes, diskFreeBytes, integrity }: Examination): Row[] {
  const { databaseBytes, logBytes, logPages, freePages } = sizes;
  return [
    ["Integrity", integrity[0] === "ok" ? "ok" : "damaged"],
    [
      "Database",
      `${size(databaseBytes)}, free pages: ${freePages}; write-ahead log: ${size(logBytes)}, pages in use: ${logPages}`,
    ],
    ["Disk", `${size(diskFreeBytes)} left`],
  ];
}

function contentRows(
  { content }: Examination,
  { keepRunsMs, keepCount, now }: Asked,
): Row[] {
  if (content === undefined) return [];
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

function size(count: number): string {
  return bytes(count) ?? String(count);
}
