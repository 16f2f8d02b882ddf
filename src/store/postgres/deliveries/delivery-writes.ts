/** The changes of deliveries. The lease of an attempt ends with it. */
import type {
  Delivery,
  DeliveryStore,
} from "../../../run/delivery/delivery.ts";
import type { FlushWriter } from "../write/writer.ts";
import { DELIVERY, toDelivery } from "./delivery-row.ts";
import type { Parameter, Row } from "../connect/client.ts";
import { isUuid, toText } from "../values.ts";

/** The error of an attempt that the process did not outlive. */
const NO_END = "The server stopped before this attempt had an end.";

/** It has made so many attempts and goes on: nobody has asked for it to be sent again meanwhile. */
const isAt = (place: string) =>
  `d.attempt_count = ${place}::int4 and d.state = 'pending'`;

const BEGIN = `
with begun as (
  update "actiond".deliveries d set next_attempt_at = $3::int8, attempt_count = d.attempt_count + 1
  where d.run_id = $1::uuid and ${isAt("$4")} returning d.run_id
)
insert into "actiond".delivery_attempts (run_id, number, at, http_status, ms, error)
select run_id, (
  select count(*) + 1 from "actiond".delivery_attempts a where a.run_id = begun.run_id
), $2::int8, null, 0, '${NO_END}' from begun
returning number`;

const END = `
with ended as (
  update "actiond".delivery_attempts set http_status = $6::int4, ms = $7::float8, error = $8::text
  where run_id = $1::uuid and number = $2::int4
)
update "actiond".deliveries d set
  state = case when counts then $3::text else d.state end,
  next_attempt_at = case when counts then $4::int8 else d.next_attempt_at end,
  leased_by = null
from (
  select run_id, attempt_count = $5::int4 + 1 or $3::text in ('delivered', 'refused') as counts
  from "actiond".deliveries where run_id = $1::uuid
) now
where d.run_id = now.run_id`;

const FORGET = `
with forgotten as (
  delete from "actiond".delivery_attempts where run_id = $1::uuid and number = $2::int4
)
update "actiond".deliveries d set
  next_attempt_at = case when ${isAt("$4 + 1")} then $3::int8 else d.next_attempt_at end,
  attempt_count = case when ${isAt("$4 + 1")} then $4::int4 else d.attempt_count end,
  leased_by = null
where d.run_id = $1::uuid`;

const GIVE_UP = `
update "actiond".deliveries d set state = 'dead', next_attempt_at = null, leased_by = null
where d.run_id = $1::uuid and ${isAt("$2")}`;

const DUE_AGAIN = `state = 'pending', attempt_count = 0, next_attempt_at = $2::int8, leased_by = null`;

export function prepareDeliveryWrites(
  writer: Pick<FlushWriter, "write">,
): Pick<
  DeliveryStore,
  | "beginAttempt"
  | "endAttempt"
  | "forgetAttempt"
  | "giveUp"
  | "redeliver"
  | "redeliverDead"
> {
  const write = (
    id: string | undefined,
    text: string,
    parameters: readonly Parameter[],
  ): Promise<Row[]> => writer.write({ kind: "other", id, text, parameters });
  return {
    async beginAttempt(runId, { at, attemptCount, nextAttemptAt }) {
      const values = [runId, at, nextAttemptAt, attemptCount];
      const [row] = await write(runId, BEGIN, values);
      return row && Number(row[0]);
    },
    async endAttempt(runId, number, { attempt, ...delivery }) {
      const { state, nextAttemptAt, attemptCount } = delivery;
      const { httpStatus, ms } = attempt;
      const error = attempt.error === null ? null : toText(attempt.error);
      await write(runId, END, [
        runId,
        number,
        state,
        nextAttemptAt,
        attemptCount,
        httpStatus,
        ms,
        error,
      ]);
    },
    async forgetAttempt(runId, number, { nextAttemptAt, attemptCount }) {
      const values = [runId, number, nextAttemptAt, attemptCount];
      await write(runId, FORGET, values);
    },
    async giveUp({ runId, attemptCount }) {
      await write(runId, GIVE_UP, [runId, attemptCount]);
    },
    async redeliver(runId, now): Promise<Delivery | undefined> {
      if (!isUuid(runId)) return undefined;
      const [row] = await write(
        runId,
        `update "actiond".deliveries d set ${DUE_AGAIN} where d.run_id = $1::uuid returning ${DELIVERY}`,
        [runId, now],
      );
      return row && toDelivery(row);
    },
    async redeliverDead(host, now) {
      const rows = await write(
        undefined,
        `update "actiond".deliveries d set ${DUE_AGAIN} where d.host = $1 and d.state = 'dead' returning 1`,
        [toText(host), now],
      );
      return rows.length;
    },
  };
}
