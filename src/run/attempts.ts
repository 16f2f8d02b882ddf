/** The attempts of a run: its code is called, and, where its action asks for that, again when it has failed. */
import type { Log } from "../log.ts";
import type { ActiveRun } from "./active-run.ts";
import { startRunClock, startTimer } from "./clock.ts";
import type { Executor } from "../execute/in-process.ts";
import { planRetry } from "./retry.ts";
import type { Outcome, RunStore } from "./run.ts";

/** Offers a write about a run until the store takes it. */
type UntilStored = <Value>(
  run: ActiveRun,
  recorded: Promise<void>,
  write: () => Promise<Value>,
) => Promise<Value>;

/** Whatever a clock that was set back says. */
const LONGEST_REST_MS = 86_400_000;

export class Attempts {
  readonly #store: RunStore;
  readonly #execute: Executor;
  readonly #log: Log;
  readonly #random: () => number;
  readonly #startTimer: typeof startTimer;
  readonly #untilStored: UntilStored;
  readonly #onRest: () => void;

  /** @param parts.onRest called when a run has given its slot back until its next attempt, and that is on disk */
  constructor(parts: {
    store: RunStore;
    execute: Executor;
    log: Log;
    random?: () => number;
    startTimer?: typeof startTimer;
    untilStored: UntilStored;
    onRest: () => void;
  }) {
    this.#store = parts.store;
    this.#execute = parts.execute;
    this.#log = parts.log;
    this.#random = parts.random ?? Math.random;
    this.#startTimer = parts.startTimer ?? startTimer;
    this.#untilStored = parts.untilStored;
    this.#onRest = parts.onRest;
  }

  /**
   * Carries a run that has started to an outcome that stands. Its clock runs through all attempts and between them.
   *
   * @returns the outcome, and the code that was called last, which may go on
   */
  async make(
    run: ActiveRun,
    recorded: Promise<void>,
  ): Promise<{ outcome: Outcome; ended?: Promise<Outcome> }> {
    using _ = run.isEndedEarly ? undefined : startRunClock(run);
    for (;;) {
      if (run.nextAttemptAt !== undefined) await this.#backOff(run, recorded);
      if (run.isEndedEarly) return { outcome: await run.endedEarly };
      const ended = this.#execute(run);
      const outcome = await Promise.race([ended, run.endedEarly]);
      const delayMs = run.isEndedEarly
        ? undefined
        : planRetry(run, outcome, this.#random);
      if (delayMs === undefined) return { outcome, ended };
      await this.#postpone(run, delayMs, recorded);
    }
  }

  /** Gives the slot back until the next attempt. Once that is on disk, a stop of the server is no interruption. */
  async #postpone(
    run: ActiveRun,
    delayMs: number,
    recorded: Promise<void>,
  ): Promise<void> {
    const { entry, attempt } = run;
    const nextAttemptAt = Math.ceil(Date.now() + delayMs);
    run.nextAttemptAt = nextAttemptAt;
    run.queueEntry.rest();
    this.#log.info(
      `${entry.address} failed at attempt ${attempt} of ${entry.action.retries?.attempts}; the next one is in ${(delayMs / 1000).toFixed(2)} s.`,
      { run_id: run.id, action_id: entry.address, attempt },
    );
    await this.#untilStored(run, recorded, () =>
      this.#store.postpone(run.id, nextAttemptAt),
    );
    run.hasLeftQueue = false;
    this.#onRest();
  }

  /** Waits until the next attempt is due and has a slot. */
  async #backOff(run: ActiveRun, recorded: Promise<void>): Promise<void> {
    await this.#untilDue(run);
    if (!run.isEndedEarly) {
      run.queueEntry.rejoin();
      await Promise.race([run.queueEntry.turn, run.endedEarly]);
    }
    run.hasLeftQueue = true;
    if (run.isEndedEarly) return;
    run.nextAttemptAt = undefined;
    run.attempt += 1;
    await this.#untilStored(run, recorded, () =>
      this.#store.resume(run.id, run.attempt),
    );
  }

  async #untilDue(run: ActiveRun): Promise<void> {
    const { nextAttemptAt = 0 } = run;
    const ms = Math.min(nextAttemptAt - Date.now(), LONGEST_REST_MS);
    const { promise, resolve } = Promise.withResolvers<void>();
    using _ = this.#startTimer(ms, resolve);
    await Promise.race([promise, run.endedEarly]);
  }
}
