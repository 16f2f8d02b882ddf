/** Carries runs from their place in the queue to their outcome: the one writer of outcomes. */
import { ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import { LingeringRuns } from "./lingering.ts";
import type { ActiveRun } from "./active-run.ts";
import { Attempts } from "./attempts.ts";
import { startQueueClock, type startTimer } from "./clock.ts";
import type { Executor } from "../execute/in-process.ts";
import { cancelled } from "./outcome.ts";
import type { Outcome, RunId, RunStore } from "./run.ts";
import { KeyQuota } from "../queue/key-quota.ts";
import { untilStored } from "./until-stored.ts";

export class Runner {
  readonly #store: RunStore;
  readonly #log: Log;
  readonly #onOwed: (host: string) => void;
  readonly #active = new Map<RunId, ActiveRun>();
  readonly #abandoned: LingeringRuns;
  readonly #attempts: Attempts;
  readonly #quota: KeyQuota;
  readonly #onPause: (() => void)[] = [];

  /**
   * @param parts.onOwed called when a callback to this host has become due
   * @param parts.random from 0 to 1, for how long runs back off
   * @param parts.startTimer for the end of that
   */
  constructor(parts: {
    store: RunStore;
    execute: Executor;
    log: Log;
    onOwed: (host: string) => void;
    random?: () => number;
    startTimer?: typeof startTimer;
    quota?: KeyQuota;
  }) {
    this.#store = parts.store;
    this.#log = parts.log;
    this.#abandoned = new LingeringRuns(parts.log);
    this.#onOwed = parts.onOwed;
    this.#quota = parts.quota ?? new KeyQuota();
    this.#attempts = new Attempts({
      ...parts,
      untilStored: (...write) => this.#untilStored(...write),
      onRest: () => {
        this.#tellPause();
      },
    });
  }

  /** Every run that has no outcome yet, oldest first. */
  get active(): Iterable<ActiveRun> {
    return this.#active.values();
  }

  /** Every run that has its outcome, and whose code goes on. */
  get abandoned(): Iterable<ActiveRun> {
    return this.#abandoned;
  }

  find(id: RunId): ActiveRun | undefined {
    return this.#active.get(id);
  }

  /**
   * Takes the run over: from here on it ends by itself.
   *
   * @param recorded the run's insertion. The code may run while that is being flushed: nobody knows of the run yet.
   *   When it fails there is no run, and those who wait are told why.
   */
  launch(run: ActiveRun, recorded: Promise<void>): void {
    this.#active.set(run.id, run);
    this.#quota.enter(run.owner);
    recorded.catch((error: unknown) => {
      run.dismiss(error);
      run.endEarly(cancelled("run_cancelled", "The run was not accepted."));
    });
    this.#run(run, recorded)
      .catch((error: unknown) => {
        run.dismiss(error);
        if (!(error instanceof ServerError))
          this.#log.error("A run could not be carried to its end.", {
            run_id: run.id,
            error,
          });
      })
      .finally(() => {
        this.#forget(run);
      });
  }

  /** Resolves when the next run has ended, or begins to back off. */
  untilPause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onPause.push(resolve);
    return promise;
  }

  async #run(run: ActiveRun, recorded: Promise<void>): Promise<void> {
    using _ = run.queueEntry;
    if (run.nextAttemptAt === undefined) await this.#start(run, recorded);
    const { outcome, ended } = await this.#attempts.make(run, recorded);
    try {
      await this.#finish(run, recorded, outcome);
    } finally {
      // What was cancelled may go on for a while: its slot is free when its code has really ended.
      if (run.isEndedEarly && ended !== undefined)
        await this.#abandoned.follow(run, ended);
    }
  }

  /** Waits for its turn, and for what must be on disk before its code is called. */
  async #start(run: ActiveRun, recorded: Promise<void>): Promise<void> {
    const { queueEntry, entry } = run;
    if (queueEntry.turn !== undefined) {
      using _ = startQueueClock(run);
      await Promise.race([queueEntry.turn, run.endedEarly]);
    }
    run.hasLeftQueue = true;
    if (!run.isStartRecorded && !run.isEndedEarly)
      await this.#untilStored(run, recorded, () =>
        this.#store.start(run.id, Date.now(), run.attempt),
      );
    // A run that may run again starts after its record is on disk, so that no attempt goes uncounted.
    if (entry.action.onInterrupt === "retry") await recorded;
    if (!run.isEndedEarly) run.startedAt = performance.now();
  }

  async #finish(
    run: ActiveRun,
    recorded: Promise<void>,
    outcome: Outcome,
  ): Promise<void> {
    if (run.isSuspended) {
      this.#forget(run);
      return;
    }
    const time = {
      at: Date.now(),
      runMs:
        run.startedAt === undefined ? null : performance.now() - run.startedAt,
    };
    const { owedTo } = await this.#untilStored(run, recorded, () =>
      this.#store.finish(run, outcome, time),
    );
    await recorded;
    this.#forget(run);
    run.wake(outcome);
    if (owedTo !== undefined) this.#onOwed(owedTo);
  }

  /** An outcome is not lost because a disk is full for a while. */
  #untilStored<Value>(
    run: ActiveRun,
    recorded: Promise<void>,
    write: () => Promise<Value>,
  ): Promise<Value> {
    return untilStored(write, async (error) => {
      // Was the run itself not taken, then there is nothing to record.
      await recorded;
      this.#log.error("A run's start or outcome cannot be recorded yet.", {
        run_id: run.id,
        error,
      });
    });
  }

  #forget(run: ActiveRun): void {
    if (!this.#active.delete(run.id)) return;
    this.#quota.leave(run.owner);
    this.#tellPause();
  }

  #tellPause(): void {
    for (const wake of this.#onPause.splice(0)) wake();
  }
}
