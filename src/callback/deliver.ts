/** Delivers what is owed: attempts until each delivery is paid, refused or dead, fair between receivers. */
import type { Delivery, DeliveryStore } from "../run/delivery.ts";
import type { Log } from "../log.ts";
import type { RunId, RunStore } from "../run/run.ts";
import { MAX_TIMER_MS } from "../units.ts";
import { type AttemptParts, attempt } from "./attempt.ts";
import { toNextState } from "./schedule.ts";

export interface DelivererParts extends AttemptParts {
  readonly deliveries: DeliveryStore;
  readonly runs: Pick<RunStore, "find">;
  /** Delays before the second, third … attempt, in milliseconds. */
  readonly retryMs: readonly number[];
  readonly log: Log;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
}

/** What is owed to one receiver: a host and port. Only this much of it is in memory. */
interface Lane {
  readonly host: string;
  readonly inFlight: Set<RunId>;
  /** When the next delivery is due that is not in flight, as far as known. */
  dueAt: number;
}

const MAX_PER_HOST = 4;
const MAX_IN_FLIGHT = 64;
/** How long a delivery rests whose attempt could not be recorded. */
const STORE_RETRY_MS = 5000;

export class Deliverer implements AsyncDisposable {
  readonly #parts: DelivererParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #attempts = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: DelivererParts) {
    this.#parts = parts;
  }

  /** Takes up everything that is owed already. */
  start(): void {
    for (const { host, nextAttemptAt } of this.#parts.deliveries.pendingHosts())
      this.#lane(host).dueAt = nextAttemptAt;
    this.#pump();
  }

  /** Says that something has become due for this host. */
  wake(host: string): void {
    this.#lane(host).dueAt = 0;
    this.#pump();
  }

  /** Aborts the attempts that are under way: what they would have paid stays owed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await Promise.all(this.#attempts);
  }

  #lane(host: string): Lane {
    let lane = this.#lanes.get(host);
    if (lane === undefined) {
      lane = { host, inFlight: new Set(), dueAt: Infinity };
      this.#lanes.set(host, lane);
    }
    return lane;
  }

  /** Starts every attempt there is room for: one a host and round, so that no host keeps the others waiting. */
  #pump(): void {
    if (this.#stop.signal.aborted) return;
    let hasStarted = true;
    while (hasStarted) {
      hasStarted = false;
      for (const lane of this.#lanes.values()) {
        if (this.#attempts.size >= MAX_IN_FLIGHT) return;
        hasStarted = this.#startNext(lane) || hasStarted;
      }
    }
    this.#sleep();
  }

  #startNext(lane: Lane): boolean {
    const now = this.#parts.now();
    if (lane.dueAt > now || lane.inFlight.size >= MAX_PER_HOST) return false;
    const { deliveries } = this.#parts;
    const next = deliveries
      .due(lane.host, now, lane.inFlight.size + 1)
      .find(({ runId }) => !lane.inFlight.has(runId));
    if (next !== undefined) {
      this.#start(lane, next);
      return true;
    }
    // What is in flight is still recorded as due: how it ends decides when this host is next looked at.
    lane.dueAt =
      lane.inFlight.size > 0
        ? Infinity
        : (deliveries.nextAttemptAt(lane.host) ?? Infinity);
    if (lane.dueAt === Infinity && lane.inFlight.size === 0)
      this.#lanes.delete(lane.host);
    return false;
  }

  #start(lane: Lane, delivery: Delivery): void {
    lane.inFlight.add(delivery.runId);
    // Last in turn from now on.
    this.#lanes.delete(lane.host);
    this.#lanes.set(lane.host, lane);
    const ended = this.#attempt(delivery)
      .catch((error: unknown) => this.#rest(delivery, error))
      .finally(() => {
        this.#attempts.delete(ended);
        lane.inFlight.delete(delivery.runId);
        this.wake(lane.host);
      });
    this.#attempts.add(ended);
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { deliveries, runs, now, random, retryMs, log } = this.#parts;
    const run = runs.find(delivery.runId);
    if (run === undefined) return;
    const at = now();
    const startedAt = performance.now();
    const answer = await attempt(
      {
        run,
        url: new URL(delivery.url),
        number: delivery.attemptCount,
        signal: this.#stop.signal,
      },
      this.#parts,
    );
    if (this.#stop.signal.aborted && answer.httpStatus === null) return;
    const next = toNextState(delivery, answer, { now: now(), random, retryMs });
    await deliveries.recordAttempt(delivery.runId, {
      attempt: {
        at,
        httpStatus: answer.httpStatus,
        ms: performance.now() - startedAt,
        error: answer.error,
      },
      ...next,
    });
    const fields = { run_id: run.id, host: delivery.host, state: next.state };
    if (answer.error === null) log.debug("A callback was delivered.", fields);
    else log.warn(`A callback was not delivered. ${answer.error}`, fields);
  }

  /** The attempt could not be recorded: the delivery is as due as before, and must not be tried without pause. */
  async #rest({ runId }: Delivery, error: unknown): Promise<void> {
    this.#parts.log.error("An attempt to deliver could not be recorded.", {
      run_id: runId,
      error,
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, STORE_RETRY_MS);
    this.#stop.signal.addEventListener("abort", () => {
      resolve();
    });
    await promise;
    clearTimeout(timer);
  }

  /** One timer for whatever is due next. */
  #sleep(): void {
    clearTimeout(this.#timer);
    const dueAt = Math.min(...this.#lanes.values().map((lane) => lane.dueAt));
    if (dueAt === Infinity) return;
    const ms = Math.max(dueAt - this.#parts.now(), 0);
    this.#timer = setTimeout(
      () => {
        this.#pump();
      },
      Math.min(ms, MAX_TIMER_MS),
    );
  }
}
