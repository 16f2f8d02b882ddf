/** Asking the database for runs to carry. */
import type { Run } from "../../../run/run.ts";
import type { Client, Row } from "../connect/client.ts";
import { readColumns, toMoment, toRun } from "../columns.ts";
import type { ActionFacts } from "./action-facts.ts";

/** Runs that are claimed at once. */
const MAX_ROOM = 64;

const CLAIM = `
select c.run_id, c.run_attempt, c.run_started_at, c.action_place, c.next_lane, r.lane, ${readColumns(true)}
from "actiond".claim_v3($1::uuid, $2::int4, $3::text[], $4::text[], $5::text[], $6::int4[], $7::text[], $8::text[], $9::int8) c
left join lateral (select * from "actiond".runs r where r.id = c.run_id offset 0) r on true`;

/** Queued runs of actions that no replica has any more: whoever finds them ends them. */
const ORPHANS = `
with recursive queued(package, action) as (
  (select q.package, q.action from "actiond".runs q where q.status = 0 order by q.package, q.action limit 1)
  union all
  select next.package, next.action from queued p cross join lateral (
    select q.package, q.action from "actiond".runs q
    where q.status = 0 and (q.package, q.action) > (p.package, p.action) order by q.package, q.action limit 1
  ) next
)
select q.package, q.action from queued q where not exists (
  select 1 from "actiond".replicas p where not p.dead and p.actions ? (q.package || '/' || q.action)
)`;

const ADOPTABLE = `
select r.id, r.attempt, r.started_at, null, null, r.lane, ${readColumns(true)} from "actiond".runs r
where r.replica = $1::uuid and (r.status = 1 or r.holding)`;

const LANE_PLACE = 5;
const MEMBERS_PLACE = 6;
const ID_PLACE = MEMBERS_PLACE + 1;

/** A run, and the lane of its action and concurrency key; null where it has none. */
export interface LanedRun {
  readonly run: Run;
  readonly lane: string | null;
}

export interface Claimed {
  readonly runs: readonly LanedRun[];
  /** Whether some were claimed that are not among these, because they were recorded while the statement ran: see `adoptable`. */
  readonly hasUnread: boolean;
  /** Whether there may be more that could be claimed now. */
  readonly hasMore: boolean;
  /** Whether another replica was claiming from a lane: it is looked at again soon. */
  readonly hasLocked: boolean;
}

export class Claims {
  readonly #client: Pick<Client, "query">;
  readonly #me: string;
  /** The lane of each action after which the search goes on, by address: each lane has its turn. */
  readonly #cursors = new Map<string, string>();
  #turn = 0;

  constructor(client: Pick<Client, "query">, me: string) {
    this.#client = client;
    this.#me = me;
  }

  /**
   * Claims queued runs: they are recorded as running here.
   *
   * @param options.room how many at most
   * @param options.lanes where a run may have become claimable
   * @throws {DatabaseError} with the state `FL001` when this replica is taken for dead; in any other case nobody knows
   *   whether something was claimed: see `adoptable`
   */
  async claim(
    actions: readonly ActionFacts[],
    { room, lanes }: { room: number; lanes: readonly string[] },
  ): Promise<Claimed> {
    // Each action is the first one in its turn.
    this.#turn = (this.#turn + 1) % Math.max(1, actions.length);
    const order = [
      ...actions.slice(this.#turn),
      ...actions.slice(0, this.#turn),
    ];
    const cursors = order.map(
      ({ address }) => this.#cursors.get(address) ?? "",
    );
    const rows = await this.#client.query(CLAIM, [
      this.#me,
      Math.min(room, MAX_ROOM),
      order.map(({ package: name }) => name),
      order.map(({ action }) => action),
      order.map(({ version }) => version),
      order.map(({ concurrency }) => concurrency ?? null),
      lanes,
      cursors,
      Date.now(),
    ]);
    const claimed = rows.filter(([id]) => id !== null);
    const read = claimed.filter((row) => row[ID_PLACE] !== null);
    const others = rows.filter(([id]) => id === null);
    const next = new Map<string, string>();
    for (const [, , , place, lane] of rows)
      if (lane !== null)
        next.set(order[(place as number) - 1]?.address ?? "", lane as string);
    let hasWrapped = false;
    for (const [index, { address }] of order.entries()) {
      const lane = next.get(address) ?? "";
      // The search came to the last lane: the ones before its beginning have not been looked at.
      if (lane === "" && cursors[index] !== "") hasWrapped = true;
      if (lane === "") this.#cursors.delete(address);
      else this.#cursors.set(address, lane);
    }
    return {
      runs: read.map(toClaimed),
      hasUnread: read.length < claimed.length,
      hasMore: hasWrapped || claimed.length > 0,
      hasLocked: others.some(([, , , , lane]) => lane === null),
    };
  }

  /**
   * Looks for what is recorded as carried here: a claim whose reply was lost has claimed all the same.
   *
   * @throws {DatabaseError}
   */
  async adoptable(): Promise<LanedRun[]> {
    const rows = await this.#client.query(ADOPTABLE, [this.#me]);
    return rows.map((row) => ({
      run: toRun(row.slice(MEMBERS_PLACE)),
      lane: row[LANE_PLACE] as string | null,
    }));
  }

  /** @returns what `claim` takes, for actions that no replica has. @throws {DatabaseError} */
  async orphans(): Promise<ActionFacts[]> {
    const rows = await this.#client.query(ORPHANS);
    return rows.map(([name, action]) => ({
      package: name as string,
      action: action as string,
      address: `${name as string}/${action as string}`,
      version: "",
      concurrency: undefined,
      isIsolated: false,
      maxQueued: Infinity,
    }));
  }
}

/** The statement reads the row as it was before. */
function toClaimed(row: Row): LanedRun {
  const run: Run = {
    ...toRun(row.slice(MEMBERS_PLACE)),
    status: "running",
    attempt: row[1] as number,
    startedAt: toMoment(row[2] as string),
    nextAttemptAt: null,
  };
  return { run, lane: row[LANE_PLACE] as string | null };
}
