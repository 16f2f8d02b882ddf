/** Writes what was found in a database that replicas share as a page for people. */
import type { FleetExamination } from "../../../store/postgres/upkeep/examine.ts";
import {
  contentRows,
  findDead,
  layOut,
  type Retained,
  type Row,
  size,
} from "./page.ts";

/** Dead rows for each living one beyond which look-ups and claims become slow. */
const MAX_DEAD_SHARE = 1;
/** Used connections, of all there may be, beyond which the next replica finds none. */
const MAX_CONNECTION_SHARE = 0.8;

/** @returns `isWell`: nothing has to be put right */
export function writeFleetReport(
  found: FleetExamination,
  asked: Retained & { readonly database: string; readonly schema: string },
): { text: string; isWell: boolean } {
  const { server, connections, schema, content } = found;
  const rows: Row[] = [
    ["Database", `${asked.database}, schema "${asked.schema}"`],
    ["Server", server],
    ["Connections", `${connections.used} of ${connections.max}`],
    ["Schema", `version ${schema.version}; known: ${schema.knownVersion}`],
  ];
  if (content !== undefined) {
    const { living, draining, silent, dead } = content.replicas;
    rows.push(
      [
        "Replicas",
        `living: ${living}, of which draining: ${draining}; silent: ${silent}; dead: ${dead}`,
      ],
      [
        "Tables",
        `${size(content.databaseBytes)}; dead rows for each run: ${content.deadShare.toFixed(2)}`,
      ],
      ...contentRows(content, asked),
    );
  }
  return layOut(rows, [...findMistakes(found)]);
}

function* findMistakes({
  warnings,
  connections,
  schema,
  content,
}: FleetExamination): Generator<string> {
  yield* warnings;
  if (schema.minVersion > schema.knownVersion)
    yield "A newer actiond has brought the tables to a version that this one does not understand.";
  else if (schema.version < schema.knownVersion)
    yield "The tables are older than this program: the next replica that starts, or actiond migrate, brings them up to date.";
  if (connections.used > connections.max * MAX_CONNECTION_SHARE)
    yield "Nearly all connections are taken. Raise max_connections, or lower --database-connections.";
  if (content === undefined) return;
  if (content.replicas.silent > 0)
    yield `${content.replicas.silent} of the replicas gave no sign while this looked. After a lease the others take over what they carry.`;
  if (content.replicas.living === 0 && unfinished(content) > 0)
    yield "Runs wait, and no replica lives.";
  else if (content.strandedCount > 0)
    yield `${content.strandedCount} queued runs are of actions that no living replica has.`;
  if (content.deadShare > MAX_DEAD_SHARE)
    yield "Vacuum does not keep up: look for a transaction that has been open for long, in pg_stat_activity.";
  yield* findDead(content.dead);
}

function unfinished({
  runCounts,
}: NonNullable<FleetExamination["content"]>): number {
  return runCounts.queued + runCounts.running;
}
