/** The order of what happens to all runs of a fleet. Triggers record it: `drizzle-pg/0004_events.sql`. */
import type { KeptFacts } from "../../run/kept-log/event-store.ts";
import { COLUMNS, FACTS, toKeptFacts } from "../event-row.ts";
import type { Reader } from "./connect/reader.ts";

/** Writes that are read together: so many, and as long as they have no more text than this, but one in any case. */
const MAX_COUNT = 200;
const MAX_BYTES = 256 * 1024;

const KEEP = `select "actiond".keep_events_v1($1::int8)`;
const ORDER = `select first_place, last_place, has_more from "actiond".order_events_v1()`;

const has = (fact: keyof typeof FACTS) => `(e.facts & ${FACTS[fact]}) <> 0`;

/** Numbers of 64 bits that come as numbers. */
const SELECTED: Readonly<Record<(typeof COLUMNS)[number], string>> = {
  seq: "e.place::float8",
  facts: "e.facts",
  number: "e.number::float8",
  id: "r.id",
  package: "r.package",
  action: "r.action",
  owner: "r.owner",
  requestId: "r.request_id",
  createdAt: "r.created_at::float8",
  detachedAt: "r.detached_at::float8",
  finishedAt: "r.finished_at::float8",
  runMs: "r.run_ms",
  status: "r.status",
  error: "e.error",
  firstSeq: "e.first_seq",
  text: "e.text",
  fraction: "p.fraction",
  message: "p.message",
  host: "d.host",
  attemptAt: "a.at::float8",
  httpStatus: "a.http_status",
  ms: "a.ms",
  attemptError: "a.error",
};
const ID_PLACE = COLUMNS.indexOf("id");

/** Rows of runs that were deleted are among them: whoever asks goes on after them. */
const PAGE = `
with looked as (
  select e.place, e.run, e.facts, e.number, l.first_seq, l.text, x.error,
    coalesce(octet_length(l.text), 0) + coalesce(octet_length(x.error), 0) as bytes
  from "actiond".run_events e
  left join "actiond".log_entries l on ${has("entries")} and l.run = e.run and l.last_seq = e.number
  left join lateral (
    select r.error from "actiond".runs r where ${has("finished")} and r.numbered_id = e.run
  ) x on true
  where e.place > $1::int8 order by e.place limit ${MAX_COUNT}
), e as (
  select *, sum(bytes) over (order by place) as sum from looked
)
select ${COLUMNS.map((name) => SELECTED[name]).join(", ")}
from e
left join "actiond".runs r on r.numbered_id = e.run
left join "actiond".progress p on ${has("progress")} and p.run = e.run and p.at = e.number
left join "actiond".deliveries d on (${has("owed")} or ${has("attempt")}) and d.run_id = r.id
left join "actiond".delivery_attempts a on ${has("attempt")} and a.run_id = r.id and a.number = e.number
where e.sum <= ${MAX_BYTES} or e.sum = e.bytes
order by e.place`;

type Ask = Pick<Reader, "ask">;

/** @param ms how long it is kept from now on, on the clock of the database. @returns the number of the latest write */
export async function keepOrder(reader: Ask, ms: number): Promise<number> {
  const [row] = await reader.ask(KEEP, [ms]);
  return Number(row?.[0]);
}

/** Gives their places to the latest writes. @returns the ends of what is known */
export async function giveOrder(
  reader: Ask,
): Promise<{ first: number; last: number }> {
  for (;;) {
    const [row] = await reader.ask(ORDER);
    const [first, last, hasMore] = row as [string, string, boolean];
    if (!hasMore) return { first: Number(first), last: Number(last) };
  }
}

/** @returns as `EventStore` */
export async function findAfter(
  reader: Ask,
  after: number,
): Promise<{ last: number; writes: readonly KeptFacts[] } | undefined> {
  const { first, last } = await giveOrder(reader);
  if (after < first || after > last) return undefined;
  const rows = after === last ? [] : await reader.ask(PAGE, [after]);
  return {
    last: Number(rows.at(-1)?.[0] ?? after),
    writes: rows.filter((row) => row[ID_PLACE] !== null).map(toKeptFacts),
  };
}
