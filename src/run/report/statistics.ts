/** How many runs ended in each minute of the last hour, how, and how long they took: kept in memory. */
import type { EventOf, RunEvents } from "../events.ts";
import type { Outcome } from "../run.ts";

/** The runs that ended in one minute. */
export interface Minute {
  /** When it began, in milliseconds since 1970 UTC. */
  readonly at: number;
  readonly passed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Half of the runs took at most so many milliseconds; null when none of them had started. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export const MINUTES = 60;
const MINUTE_MS = 60_000;
/** Owners of runs that are told apart within a minute: of more, only the sum is known. */
const MAX_OWNERS = 1000;
/** Durations are counted in ranges whose ends differ by this factor. */
const FACTOR = 1.1;
const LOG_FACTOR = Math.log(FACTOR);

class Counts {
  readonly counts: Record<Outcome["status"], number> = {
    passed: 0,
    failed: 0,
    cancelled: 0,
  };
  /** How many runs took how long, by range. */
  readonly #ranges = new Map<number, number>();
  #timedCount = 0;

  add({ outcome, runMs }: EventOf<"finished">): void {
    this.counts[outcome.status] += 1;
    if (runMs === null) return;
    this.#timedCount += 1;
    const range = Math.floor(Math.log(Math.max(runMs, 0.001)) / LOG_FACTOR);
    this.#ranges.set(range, (this.#ranges.get(range) ?? 0) + 1);
  }

  /** @param share such as 0.95 */
  percentile(share: number): number | null {
    let left = this.#timedCount * share;
    for (const range of [...this.#ranges.keys()].toSorted((a, b) => a - b)) {
      left -= this.#ranges.get(range) ?? 0;
      // The middle of the range: it is off by 5 % at most.
      if (left <= 0) return round(FACTOR ** (range + 0.5));
    }
    return null;
  }
}

export class Statistics implements Disposable {
  readonly #now: () => number;
  readonly #listening: Disposable;
  /** By minute; the counts of everybody, and of each owner. */
  readonly #minutes = new Map<
    number,
    { readonly all: Counts; readonly owners: Map<string, Counts> }
  >();

  constructor(events: RunEvents, now: () => number = Date.now) {
    this.#now = now;
    this.#listening = events.listen(["finished"], (event) => {
      this.#add(event);
    });
  }

  /** @param owner whose runs are counted; everybody's when omitted */
  list(count: number, owner?: string): Minute[] {
    const last = this.#minute();
    return Array.from({ length: count }, (_, index) => {
      const minute = last - (count - 1 - index);
      const kept = this.#minutes.get(minute);
      const counts = owner === undefined ? kept?.all : kept?.owners.get(owner);
      return toMinute(minute, counts ?? new Counts());
    });
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  #add(event: EventOf<"finished">): void {
    const minute = this.#minute();
    let kept = this.#minutes.get(minute);
    if (kept === undefined) {
      kept = { all: new Counts(), owners: new Map() };
      this.#minutes.set(minute, kept);
      for (const old of this.#minutes.keys())
        if (old <= minute - MINUTES) this.#minutes.delete(old);
    }
    kept.all.add(event);
    const { owner } = event.run;
    if (owner === "") return;
    let own = kept.owners.get(owner);
    if (own === undefined) {
      if (kept.owners.size >= MAX_OWNERS) return;
      own = new Counts();
      kept.owners.set(owner, own);
    }
    own.add(event);
  }

  #minute(): number {
    return Math.floor(this.#now() / MINUTE_MS);
  }
}

function toMinute(minute: number, counts: Counts): Minute {
  return {
    at: minute * MINUTE_MS,
    ...counts.counts,
    p50Ms: counts.percentile(0.5),
    p95Ms: counts.percentile(0.95),
  };
}

/** Three digits are more than a range can tell. */
function round(ms: number): number {
  return Number(ms.toPrecision(3));
}
