/** How many runs the fleet has queued, as it was a moment ago. */
import { ServerError } from "../../../errors.ts";
import { toRetryAfter } from "../../../queue/capacity.ts";
import { ALONE, type KeyShare } from "../../../queue/key-share.ts";
import type { Client } from "../connect/client.ts";
import type { ActionFacts } from "./action-facts.ts";

/** $1: the most that the total is counted to; $2, $3, $4: packages, actions, and what these are counted to. */
const COUNT = `
select null::int, (select count(*) from (select 1 from "actiond".runs where status = 0 limit $1::int8) q)
  + (select count(*) from (select 1 from "actiond".runs where status = 1 and replica is null limit $1::int8) d)
union all
select a.place::int, (
  select count(*) from (
    select 1 from "actiond".runs q where q.status = 0 and q.package = a.package and q.action = a.action limit a.most
  ) c
) from unnest($2::text[], $3::text[], $4::int8[]) with ordinality a(package, action, most, place)`;

/** How many runs each key has queued. */
const COUNT_OWNERS = `
select owner, count(*)::int from "actiond".runs where status = 0 group by owner`;

/** Counting further would take too long. */
const MOST = 100_000;

export class QueueCounts {
  readonly #client: Pick<Client, "query">;
  readonly #max: number;
  #total = 0;
  #byAddress = new Map<string, number>();
  /** By the ids of keys. Counted while there is not plenty of room. */
  #byOwner = new Map<string, number>();
  /** What a key may have of the queue. */
  share: KeyShare = ALONE;

  /** @param max how many runs may be queued in all */
  constructor(client: Pick<Client, "query">, max: number) {
    this.#client = client;
    this.#max = max;
  }

  get total(): number {
    return this.#total;
  }

  /** @param address of the action */
  of(address: string): number {
    return this.#byAddress.get(address) ?? 0;
  }

  /** Counts a run that was queued since, or has left the queue. */
  add(
    { address, owner }: { readonly address: string; readonly owner: string },
    change: 1 | -1,
  ): void {
    this.#total = Math.max(0, this.#total + change);
    this.#byAddress.set(address, Math.max(0, this.of(address) + change));
    const own = this.#byOwner.get(owner) ?? 0;
    this.#byOwner.set(owner, Math.max(0, own + change));
  }

  /**
   * As `Scheduler` does it, with counts that are a moment old: each replica may accept a few more.
   *
   * @param owner the id of the API key that asks
   * @param ratePerMs how many runs of this replica end in a millisecond
   * @throws {ServerError} `overloaded`; `too_many_runs` when the key has its share of the queue
   */
  refuseWhenFull(
    { address, maxQueued, concurrency }: ActionFacts,
    owner: string,
    ratePerMs: number,
  ): void {
    const queued = this.of(address);
    // A run with a limit of its own is always queued first, for the moment of its claim.
    const least = concurrency === undefined ? 0 : 1;
    if (queued >= Math.max(maxQueued, least))
      throw overloaded(`The action ${address}`, queued, ratePerMs);
    const own = this.#byOwner.get(owner) ?? 0;
    const isFull = this.#total >= Math.max(this.#max, least);
    // Each action, and each key, may queue one run in any case.
    const isFirst = queued === 0 || own === 0;
    if (isFull && (!isFirst || this.#max === 0))
      throw overloaded("This fleet", this.#total, ratePerMs);
    if (isFull || this.#isInShare(owner, own)) return;
    throw new ServerError(
      "too_many_runs",
      `This API key has used up its share of the queue, and the rest is reserved for other keys: ${own} of its runs ${own === 1 ? "is" : "are"} queued.`,
      { retryAfterSeconds: toRetryAfter(ratePerMs) },
    );
  }

  #isInShare(owner: string, own: number): boolean {
    const others = () =>
      this.#byOwner
        .entries()
        .filter(([id]) => id !== owner)
        .map(([, count]) => count);
    const taken = { own, all: this.#total, max: this.#max, others };
    return this.share.allowsOneMore(owner, taken);
  }

  /** @throws {DatabaseError} */
  async look(actions: readonly ActionFacts[]): Promise<void> {
    const most = (max: number) => Math.min(max + 1, MOST);
    const rows = await this.#client.query(COUNT, [
      most(this.#max),
      actions.map(({ package: name }) => name),
      actions.map(({ action }) => action),
      actions.map(({ maxQueued }) =>
        maxQueued === Infinity ? 1 : most(maxQueued),
      ),
    ]);
    this.#byAddress = new Map();
    for (const [place, count] of rows)
      if (place === null) this.#total = Number(count);
      else if (Number(count) > 0)
        this.#byAddress.set(
          actions[(place as number) - 1]?.address ?? "",
          Number(count),
        );
    this.#byOwner = new Map();
    const isFull = this.#total >= this.#max;
    if (!isFull && this.share.isPlenty(1, this.#total, this.#max)) return;
    for (const [owner, count] of await this.#client.query(COUNT_OWNERS))
      this.#byOwner.set(owner as string, count as number);
  }
}

function overloaded(
  who: string,
  queued: number,
  ratePerMs: number,
): ServerError {
  return new ServerError(
    "overloaded",
    `${who} accepts no more runs now: ${queued} ${queued === 1 ? "is" : "are"} queued.`,
    { retryAfterSeconds: toRetryAfter(ratePerMs) },
  );
}
