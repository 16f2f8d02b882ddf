/** Writes what was found in a data folder as a page for people. */
import type { Examination } from "../../../store/sqlite/examine/examine.ts";
import {
  contentRows,
  findDead,
  layOut,
  type Retained,
  type Row,
  size,
} from "./page.ts";

interface Asked extends Retained {
  readonly data: string;
  readonly minFreeDiskBytes: number;
}

/** @returns `isWell`: nothing has to be put right */
export function writeReport(
  found: Examination,
  asked: Asked,
): { text: string; isWell: boolean } {
  const { isInUse, content } = found;
  const rows: Row[] = [
    [
      "Data folder",
      `${asked.data}, ${isInUse ? "which a server is using" : "which no server is using"}`,
    ],
    ...sizeRows(found),
    ...(content === undefined ? [] : contentRows(content, asked)),
  ];
  return layOut(rows, [...findMistakes(found, asked)]);
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
  yield* findDead(content?.dead ?? []);
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
