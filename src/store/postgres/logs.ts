/** The PostgreSQL side of `LogStore`. */
import type { LogStore } from "../../run/kept-log/log-store.ts";
import type { PostgresStore } from "./open.ts";
import { isUuid, toText } from "./values.ts";

const RUN = `(select numbered_id from "actiond".runs where id = $1::uuid)`;

/** The run is locked before, so that the last entry is known. */
const APPEND = `
with last as (
  select r.numbered_id as run, coalesce(e.last_seq, 0) as seq, coalesce(e.bytes, 0) as bytes
  from "actiond".runs r left join lateral (
    select last_seq, bytes from "actiond".log_entries
    where run = r.numbered_id order by last_seq desc limit 1
  ) e on true
  where r.id = $1::uuid
)
insert into "actiond".log_entries (run, first_seq, last_seq, bytes, text)
select run, seq + 1, seq + $3::int4, bytes + $4::int8, $2::text from last
returning last_seq, bytes`;

const SET_PROGRESS = `
insert into "actiond".progress (run, at, fraction, message)
select numbered_id, $2::int8, $3::float8, $4::text from "actiond".runs where id = $1::uuid
on conflict (run) do update
set at = excluded.at, fraction = excluded.fraction, message = excluded.message`;

/** @returns the log store of an open database */
export function createLogStore({
  reader,
  writer,
}: Pick<PostgresStore, "reader" | "writer">): LogStore {
  return {
    async append(id, { text, count, bytes }) {
      const [row] = await writer.write({
        kind: "other",
        id,
        text: APPEND,
        parameters: [id, toText(text), count, bytes],
      });
      return row && { lastSeq: Number(row[0]), bytes: Number(row[1]) };
    },
    async setProgress(id, { at, fraction, message }) {
      await writer.write({
        kind: "other",
        id,
        text: SET_PROGRESS,
        parameters: [
          id,
          at,
          fraction,
          message === null ? null : toText(message),
        ],
      });
    },
    async findProgress(id) {
      if (!isUuid(id)) return undefined;
      const [row] = await reader.ask(
        `select at, fraction, message from "actiond".progress where run = ${RUN}`,
        [id],
      );
      if (row === undefined) return undefined;
      const [at, fraction, message] = row as [string, number, string | null];
      return { at: Number(at), fraction, message };
    },
    async findAfter(id, seq) {
      if (!isUuid(id)) return undefined;
      const [row] = await reader.ask(
        `select first_seq, last_seq, text from "actiond".log_entries
         where run = ${RUN} and last_seq > $2 order by last_seq limit 1`,
        [id, seq],
      );
      if (row === undefined) return undefined;
      const [firstSeq, lastSeq, text] = row as [number, number, string];
      return { firstSeq, lastSeq, text };
    },
  };
}
