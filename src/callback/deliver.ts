/** Delivers the callbacks that are owed: attempts each until it is delivered, refused or dead, fairly between receivers. */
import { setTimeout } from "node:timers/promises";
import type { ByteBudget } from "../byte-budget.ts";
import type { Log } from "../log.ts";
import type {
  AttemptResult,
  Delivery,
  DeliveryStore,
  OutcomeSize,
  Receiver,
} from "../run/delivery/delivery.ts";
import type { RunEvents } from "../run/events.ts";
import type { News } from "../run/elsewhere/news.ts";
import type { Run, RunId } from "../run/run.ts";
import type { RunStore } from "../run/store.ts";
import { type AttemptParts, attempt } from "./attempt.ts";
import { MAX_ANSWERING } from "./answering.ts";
import { Bodies, memoryOf } from "./body.ts";
import type { Lane } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { toNextState } from "./schedule.ts";

export interface DelivererParts extends AttemptParts {
  readonly deliveries: DeliveryStore;
  readonly runs: Pick<RunStore, "find" | "findLean" | "readResult">;
  /** @returns the JSON that the callback of a finished run carries */
  readonly toBody: (run: Run) => string;
  /** They say when something has become due. */
  readonly events: RunEvents;
  /** They say when others have left something that is due. */
  readonly news: News;
  /** Delays before the second, third … attempt, in milliseconds. */
  readonly retryMs: readonly number[];
  /** What the bodies that are being sent may have of memory, by key. */
  readonly budget: ByteBudget;
  readonly log: Log;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** @returns a number from 0 to 1 */
  readonly random: () => number;
  /** How long to wait after the store has failed, in milliseconds. */
  readonly storeRetryMs?: number;
}

const STORE_RETRY_MS = 5000;

export class Deliverer implements AsyncDisposable {
  readonly #parts: DelivererParts;
  readonly #storeRetryMs: number;
  readonly #lanes: Lanes;
  readonly #bodies: Bodies;
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #listening = new DisposableStack();

  constructor(parts: DelivererParts) {
    this.#parts = parts;
    this.#storeRetryMs = parts.storeRetryMs ?? STORE_RETRY_MS;
    const { runs, toBody: toText } = parts;
    this.#bodies = new Bodies({ runs, toText });
    this.#lanes = new Lanes({
      now: parts.now,
      onReady: () => {
        this.#pump();
      },
    });
  }

  /** Starts to deliver everything that is already owed, and everything that becomes due. */
  async start(): Promise<void> {
    const { deliveries, events, news, now, log } = this.#parts;
    const wakeAll = () => {
      this.#track(this.#wakeAll());
    };
    this.#listening.use(
      events.listen(["owed", "host_redelivered"], (event) => {
        if (event.kind === "owed")
          this.#wake({ owner: event.run.owner, host: event.host }, now());
        else wakeAll();
      }),
    );
    this.#listening.use(news.onOwed(wakeAll));
    const states = ["delivered"] as const;
    try {
      // Those that answered the last process come first in this one, too.
      const answered = await deliveries.list({ states, limit: MAX_ANSWERING });
      for (const delivery of answered.toReversed())
        this.#lanes.remember(delivery);
    } catch (error) {
      log.warn(
        "The list of receivers that have answered before could not be read.",
        {
          error,
        },
      );
    }
    await this.#wakeAll();
  }

  /** Looks up everything that is owed. */
  async #wakeAll(): Promise<void> {
    try {
      const receivers = await this.#parts.deliveries.pendingReceivers();
      for (const { nextAttemptAt, ...receiver } of receivers)
        this.#wake(receiver, nextAttemptAt);
    } catch (error) {
      this.#parts.log.error("The callbacks that are owed could not be read.", {
        error,
      });
    }
  }

  #wake(receiver: Receiver, at: number): void {
    this.#lanes.wake(receiver, at);
    this.#pump();
  }

  /** Begins no more attempts and aborts those under way: their callbacks stay owed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening[Symbol.dispose]();
    this.#stop.abort();
    await Promise.all(this.#underWay);
    // This comes last: an aborted attempt lets its receiver rest, which sets a timer.
    this.#lanes[Symbol.dispose]();
  }

  /** Begins every attempt there is room for, one per host and turn, so that no host keeps the others waiting. */
  #pump(): void {
    while (!this.#stop.signal.aborted) {
      const lane = this.#lanes.next();
      if (lane === undefined) return;
      this.#lanes.take(lane);
      this.#track(this.#serve(lane));
    }
  }

  /** What is under way is waited for when the deliverer ends. */
  #track(work: Promise<void>): void {
    const ended = work.then(() => {
      this.#underWay.delete(ended);
      this.#pump();
    });
    this.#underWay.add(ended);
  }

  /** Looks for the delivery that is due first, and attempts it. */
  async #serve(lane: Lane): Promise<void> {
    // Deliveries in flight are still recorded as pending, so one more row than those is enough. One that ends while the
    // store is asked may be in the answer, too: it is not attempted again.
    const inFlight = new Set(lane.inFlight.keys());
    let next: Delivery | undefined;
    try {
      const { deliveries } = this.#parts;
      const found = await deliveries.take(lane, inFlight.size + 1);
      next = found.find(({ runId }) => !inFlight.has(runId));
    } catch (error) {
      this.#parts.log.error("The callbacks that are owed could not be read.", {
        host: lane.host,
        error,
      });
      this.#lanes.giveBack(lane, this.#parts.now());
      this.#lanes.rest(lane, this.#storeRetryMs);
      return;
    }
    const dueAt = next === undefined ? Infinity : (next.nextAttemptAt ?? 0);
    const isDue = dueAt <= this.#parts.now() && !this.#stop.signal.aborted;
    if (next !== undefined && isDue) await this.#carry(lane, next);
    else this.#lanes.giveBack(lane, dueAt);
  }

  async #carry(lane: Lane, delivery: Delivery): Promise<void> {
    const { runId } = delivery;
    this.#lanes.begin(lane, runId);
    // The lane may have room for another attempt.
    this.#pump();
    try {
      this.#lanes.end(lane, runId, await this.#attempt(delivery));
    } catch (error) {
      this.#parts.log.error("A callback could not be attempted.", {
        run_id: runId,
        error,
      });
      this.#lanes.end(lane, runId, false);
      this.#lanes.rest(lane, this.#storeRetryMs);
    }
  }

  /** @returns whether the receiver has taken the callback, or has refused it for good */
  async #attempt(delivery: Delivery): Promise<boolean> {
    const { deliveries, budget, retryMs } = this.#parts;
    const { runId, owner, attemptCount } = delivery;
    // The process did not outlive the last attempt.
    if (attemptCount > retryMs.length) {
      await deliveries.giveUp(delivery);
      return false;
    }
    const size = await deliveries.outcomeSize(runId);
    const { signal } = this.#stop;
    let room: Disposable;
    try {
      room = await budget.take(owner, memoryOf(size), signal);
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
    using _ = room;
    const number = await this.#begin(delivery);
    return number === undefined
      ? false
      : await this.#attemptBegun(delivery, number, size);
  }

  /** Records that the attempt is made, before it is: what kills the process must not do so again at once. */
  async #begin(delivery: Delivery): Promise<number | undefined> {
    const { deliveries, now, retryMs, timeoutMs } = this.#parts;
    const { attemptCount } = delivery;
    return await deliveries.beginAttempt(delivery.runId, {
      at: now(),
      attemptCount,
      nextAttemptAt: now() + (retryMs[attemptCount] ?? timeoutMs),
    });
  }

  async #attemptBegun(
    delivery: Delivery,
    number: number,
    size: OutcomeSize,
  ): Promise<boolean> {
    const { deliveries, now, random, retryMs, log } = this.#parts;
    const { runId, host } = delivery;
    const opened = await this.#bodies.open(runId, size);
    if (opened === undefined)
      throw new Error(`The run ${runId}, whose outcome is owed, is missing.`);
    const { run, body } = opened;
    const at = now();
    const startedAt = performance.now();
    const answer = await attempt(
      {
        run,
        body,
        url: new URL(delivery.url),
        number: delivery.attemptCount,
        at: new Date(at),
        stop: this.#stop.signal,
      },
      this.#parts,
    );
    if (this.#stop.signal.aborted && answer.httpStatus === null) {
      await deliveries.forgetAttempt(runId, number, {
        attemptCount: delivery.attemptCount,
        nextAttemptAt: delivery.nextAttemptAt,
      });
      return false;
    }
    const next = toNextState(delivery, answer, { now: now(), random, retryMs });
    const made = {
      httpStatus: answer.httpStatus,
      ms: performance.now() - startedAt,
      error: answer.error,
    };
    await this.#record(runId, number, {
      attempt: made,
      attemptCount: delivery.attemptCount,
      ...next,
    });
    const { state } = next;
    this.#parts.events.publish(run, {
      kind: "callback_attempt",
      attempt: { number, at, ...made },
      host,
      state,
    });
    const fields = { run_id: runId, host, state };
    if (answer.error === null) log.debug("A callback was delivered.", fields);
    else log.warn(`A callback was not delivered. ${answer.error}`, fields);
    return state === "delivered" || state === "refused";
  }

  /** When the store fails, the record is tried again, not the request: else the receiver would hear the same outcome every few seconds. */
  async #record(
    runId: RunId,
    number: number,
    result: AttemptResult,
  ): Promise<void> {
    const { signal } = this.#stop;
    while (true) {
      try {
        await this.#parts.deliveries.endAttempt(runId, number, result);
        return;
      } catch (error) {
        this.#parts.log.error(
          "An attempt to deliver a callback could not be recorded.",
          {
            run_id: runId,
            error,
          },
        );
      }
      await setTimeout(this.#storeRetryMs, undefined, { signal }).catch(
        () => {},
      );
      if (signal.aborted) return;
    }
  }
}
