/** The PostgreSQL side of `DeliveryStore`. */
import type {
  DeliveryAttempt,
  DeliveryStore,
  Receiver,
} from "../../../run/delivery/delivery.ts";
import type { Row } from "../connect/client.ts";
import { toMoment } from "../columns.ts";
import { DELIVERY, toDelivery } from "./delivery-row.ts";
import { prepareDeliveryWrites } from "./delivery-writes.ts";
import type { PostgresStore } from "../open.ts";
import { isText, isUuid } from "../values.ts";

/** Jumps from receiver to receiver in the index of what is pending. */
const RECEIVERS = `
with recursive pending(owner, host) as (
  (select d.owner, d.host from "actiond".deliveries d where d.state = 'pending'
   order by d.owner, d.host limit 1)
  union all
  select next.owner, next.host from pending p cross join lateral (
    select d.owner, d.host from "actiond".deliveries d
    where d.state = 'pending' and (d.owner, d.host) > (p.owner, p.host)
    order by d.owner, d.host limit 1
  ) next
)
select p.owner, p.host, due.at from pending p cross join lateral (
  select d.next_attempt_at as at from "actiond".deliveries d
  where d.state = 'pending' and d.owner = p.owner and d.host = p.host
    and (d.leased_by is null or d.leased_by = $1::uuid)
  order by d.next_attempt_at limit 1
) due`;

/** $4: the replica. What others attempt is left out; what is due becomes its own, unless it is taken for dead. */
const TAKE = `
with me as (
  select id from "actiond".replicas where id = $4::uuid and not dead for share
), found as materialized (
  select d.numbered_id from "actiond".deliveries d, me
  where d.state = 'pending' and d.owner = $1 and d.host = $2
    and (d.leased_by is null or d.leased_by = $4::uuid)
  order by d.next_attempt_at limit $3::int8 for update of d skip locked
)
update "actiond".deliveries d set leased_by = case when d.next_attempt_at <= $5::int8 then $4::uuid else d.leased_by end
from found where d.numbered_id = found.numbered_id
returning ${DELIVERY}`;

/** @returns the delivery store of an open database */
export function createDeliveryStore({
  reader,
  writer,
  me,
}: Pick<PostgresStore, "reader" | "writer" | "me">): DeliveryStore {
  return {
    ...prepareDeliveryWrites(writer),
    async pendingReceivers() {
      const rows = await reader.ask(RECEIVERS, [me]);
      return rows.map(([owner, host, nextAttemptAt]) => ({
        owner: owner as string,
        host: host as string,
        nextAttemptAt: Number(nextAttemptAt),
      }));
    },
    async debts() {
      const [row] = await reader.ask(
        `select (select count(*) from "actiond".deliveries where state = 'pending'),
           (select count(*) from "actiond".deliveries where state = 'dead'),
           (select created_at from "actiond".deliveries where state = 'pending' order by numbered_id limit 1)`,
      );
      const [pendingCount, deadCount, oldestAt] = row as [
        string,
        string,
        string | null,
      ];
      return {
        pendingCount: Number(pendingCount),
        deadCount: Number(deadCount),
        oldestAt: toMoment(oldestAt),
      };
    },
    async take({ owner, host }: Receiver, limit: number) {
      const rows = await reader.ask(TAKE, [owner, host, limit, me, Date.now()]);
      return rows
        .map(toDelivery)
        .toSorted(
          (one, other) =>
            Number(one.nextAttemptAt) - Number(other.nextAttemptAt),
        );
    },
    async outcomeSize(runId) {
      const [row] = isUuid(runId)
        ? await reader.ask(
            `select coalesce(octet_length(result), octet_length(error), 0), result is not null
             from "actiond".runs where id = $1`,
            [runId],
          )
        : [];
      return { byteCount: Number(row?.[0] ?? 0), isResult: row?.[1] === true };
    },
    async find(runId) {
      if (!isUuid(runId)) return undefined;
      const [row] = await reader.ask(
        `select ${DELIVERY} from "actiond".deliveries d where d.run_id = $1`,
        [runId],
      );
      return row && toDelivery(row);
    },
    async attempts(runId) {
      if (!isUuid(runId)) return [];
      const rows = await reader.ask(
        `select number, at, http_status, ms, error from "actiond".delivery_attempts
         where run_id = $1 order by number`,
        [runId],
      );
      return rows.map(toAttempt);
    },
    async list({ states, host, owner, limit, before }) {
      const texts = [host, owner].filter((text) => text !== undefined);
      if (owner === "" || !texts.every(isText)) return [];
      const rows = await reader.ask(
        `select ${DELIVERY} from unnest($1::text[]) s(state) cross join lateral (
           select * from "actiond".deliveries d
           where d.state = s.state and ($2::text is null or d.host = $2)
             and ${owner === undefined ? "$3::text is null" : "d.owner = $3 and d.owner <> ''"}
             and d.numbered_id < $4::int8
           order by d.numbered_id desc limit $5::int8
         ) d order by d.numbered_id desc limit $5::int8`,
        [
          [...new Set(states)],
          host ?? null,
          owner ?? null,
          before ?? Number.MAX_SAFE_INTEGER,
          limit,
        ],
      );
      return rows.map(toDelivery);
    },
  };
}

function toAttempt(row: Row): DeliveryAttempt {
  const [number, at, httpStatus, ms, error] = row as [
    number,
    string,
    number | null,
    number,
    string | null,
  ];
  return { number, at: Number(at), httpStatus, ms, error };
}
