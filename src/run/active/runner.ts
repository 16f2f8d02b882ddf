/**
 * Carries runs to their outcome: the one writer of outcomes. There are two ways.
 *
 * - The short way: code that returns within its call. The run is one row with its outcome and one promise; nothing
 *   else can happen to it meanwhile, because nobody knows of it and the event loop was never free.
 * - The long way: everything else. The run is in memory as an `ActiveRun` that may be waited for, cancelled, queued,
 *   timed out, tried again and interrupted.
 */
import { ServerError } from "../../errors.ts";
import { cancelled } from "../../execute/outcome.ts";
import type { ActiveRun } from "./active-run.ts";
import {
  type AttemptsParts,
  makeAttempts,
  publishStarted,
} from "./attempts.ts";
import { startQueueClock } from "./clock.ts";
import type { Caller } from "../../access/caller.ts";
import type { Turn } from "../../queue/turns.ts";
import type { RunLogs } from "../kept-log/run-logs.ts";
import { LingeringRuns } from "./lingering.ts";
import { type Outcome, outcomeOf, type RunId } from "../run.ts";
import type { Finisher, NewRun } from "../store.ts";
import { untilRecorded } from "./until-stored.ts";

export interface RunnerParts extends AttemptsParts {
  readonly logs: Pick<RunLogs, "flush" | "close">;
}

export class Runner {
  readonly #parts: RunnerParts;
  readonly #active = new Map<RunId, ActiveRun>();
  readonly #lingering: LingeringRuns;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#lingering = new LingeringRuns(parts.log);
  }

  /** Every run that has no outcome yet, oldest first. */
  get active(): Iterable<ActiveRun> {
    return this.#active.values();
  }

  /** Every run that has its outcome, and whose code goes on. */
  get lingering(): Iterable<ActiveRun> & Pick<LingeringRuns, "since"> {
    return this.#lingering;
  }

  find(id: RunId): ActiveRun | undefined {
    return this.#active.get(id);
  }

  /**
   * Takes over a run that was just accepted: from here on it is recorded and ends by itself. Its code may be called
   * while its record is being flushed: nobody knows of the run yet. When it cannot be recorded there is no run, and
   * those who wait are told why.
   */
  begin(run: ActiveRun, newRun: NewRun, by: Caller): void {
    const code = mayBeginAtOnce(run) ? this.#call(run) : undefined;
    if (code !== undefined && !(code instanceof Promise)) {
      this.#recordEnded(run, { newRun, by, outcome: code });
      return;
    }
    run.recorded = this.#parts.store.insert(newRun).then(() => undefined);
    this.#watchRecord(run, by);
    if (code !== undefined) publishStarted(run, this.#parts.events);
    this.#carry(run, code);
  }

  /** Knows of a run whose insertion is on its way, and which is launched or discarded after that. */
  expect(run: ActiveRun): void {
    this.#active.set(run.id, run);
  }

  /** Forgets a run that was expected, and gives back what it took. */
  discard(run: ActiveRun): void {
    run.place[Symbol.dispose]();
    run.sent?.[Symbol.dispose]();
    this.#release(run);
  }

  /** Takes over a run that is on disk already. @param by who asked for it, where that was just now */
  launch(run: ActiveRun, by?: Caller): void {
    this.#watchRecord(run, by);
    this.#carry(run, undefined);
  }

  #call(run: ActiveRun): Outcome | Promise<Outcome> {
    run.hasLeftQueue = true;
    run.startedAt = performance.now();
    return this.#parts.execute(run);
  }

  /** The short way. */
  #recordEnded(
    run: ActiveRun,
    { newRun, by, outcome }: { newRun: NewRun; by: Caller; outcome: Outcome },
  ): void {
    const { store, events, logs } = this.#parts;
    const { runMs } = run;
    run.place[Symbol.dispose]();
    run.sent?.[Symbol.dispose]();
    run.dropInput();
    run.wake(outcome);
    const inserted = store.insert(newRun, { outcome, at: Date.now(), runMs });
    const logged = logs.close(run.id);
    const publishFinished = () => {
      events.publish(run, { kind: "finished", outcome, runMs });
    };
    run.recorded = inserted.then(() => {
      events.publish(run, { kind: "accepted", by });
      events.publish(run, { kind: "started", attempt: 1 });
      if (logged !== undefined) return logged.then(publishFinished);
      return publishFinished();
    });
    if (run.share === undefined) return;
    const release = () => run.share?.[Symbol.dispose]();
    run.recorded.then(release, release);
  }

  #watchRecord(run: ActiveRun, by: Caller | undefined): void {
    this.#active.set(run.id, run);
    run.recorded.then(
      () => {
        if (by !== undefined)
          this.#parts.events.publish(run, { kind: "accepted", by });
      },
      (error: unknown) => {
        run.endEarly(cancelled("run_cancelled", "The run was not accepted."));
        run.dismiss(error);
      },
    );
  }

  /** The long way. */
  #carry(run: ActiveRun, begun: Promise<Outcome> | undefined): void {
    this.#run(run, begun)
      .catch((error: unknown) => {
        run.dismiss(error);
        if (!(error instanceof ServerError))
          this.#parts.log.error("A run could not be carried to its end.", {
            run_id: run.id,
            error,
          });
      })
      .finally(() => {
        this.#release(run);
        run.sent?.[Symbol.dispose]();
        run.release();
        void this.#parts.logs.close(run.id);
      });
  }

  async #run(
    run: ActiveRun,
    begun: Promise<Outcome> | undefined,
  ): Promise<void> {
    using _ = run.place;
    if (begun === undefined && run.nextAttemptAt === undefined) {
      const turn = await this.#start(run);
      if (turn === "elsewhere") return await this.#endElsewhere(run);
    }
    const made = await makeAttempts(run, this.#parts, begun);
    if (made === "elsewhere") return await this.#endElsewhere(run);
    const { outcome, ended } = made;
    try {
      await this.#finish(run, outcome);
    } finally {
      // What was cancelled may go on for a while: its slot is free when its code has ended.
      if (run.isEndedEarly && ended !== undefined)
        await this.#lingering.follow(run, ended);
      run.dropInput();
    }
  }

  /** Waits for its turn, and for what must be on disk before its code is called. */
  async #start(run: ActiveRun): Promise<Turn> {
    const { place, entry } = run;
    const { store, log } = this.#parts;
    if (place.turn !== undefined) {
      using _ = place.isShared ? undefined : startQueueClock(run);
      const turn = await Promise.race([place.turn, run.endedEarly]);
      if (turn === "elsewhere") return turn;
      run.attempt = place.attempt ?? run.attempt;
    }
    run.hasLeftQueue = true;
    if (!run.isStartRecorded && !place.isShared && !run.isEndedEarly)
      await untilRecorded(run, log, () =>
        store.start(run.id, Date.now(), run.attempt),
      );
    // A run that may run again starts after its record is on disk, so that no attempt goes uncounted.
    if (entry.action.onInterrupt === "retry") await run.recorded;
    if (!run.isEndedEarly) run.startedAt ??= performance.now();
    return "here";
  }

  /** Another process has ended the run: those who wait for it here are told. */
  async #endElsewhere(run: ActiveRun): Promise<void> {
    const { store, events, log } = this.#parts;
    const kept = await untilRecorded(run, log, () => store.find(run.id));
    if (kept === undefined)
      throw new Error(`The run ${run.id}, which ended elsewhere, is missing.`);
    const outcome = outcomeOf(kept);
    run.wake(outcome, kept.detached);
    // Whoever has carried it says so, too.
    if (kept.startedAt === null)
      events.publish(run, { kind: "finished", outcome, runMs: null });
    this.#release(run);
  }

  async #finish(run: ActiveRun, outcome: Outcome): Promise<void> {
    if (run.isSuspended) {
      this.#release(run);
      return;
    }
    run.isFinishing = true;
    const { store, events, log, logs } = this.#parts;
    const { runMs } = run;
    // What it has logged is on disk with its outcome, and published before it.
    const logged = logs.flush(run.id);
    const end = { outcome, at: Date.now(), runMs };
    const by = finisherOf(run);
    const finish = await untilRecorded(run, log, () =>
      store.finish(run, end, by),
    );
    await run.recorded;
    if (logged !== undefined) await logged;
    const { isFirst, owedTo } = finish;
    const kept = isFirst ? undefined : await store.find(run.id);
    // Another outcome may have been recorded first: that is the one that counts.
    const recorded = kept === undefined ? outcome : outcomeOf(kept);
    run.wake(recorded, kept?.detached ?? finish.isDetached);
    events.publish(run, { kind: "finished", outcome: recorded, runMs });
    if (owedTo !== undefined)
      events.publish(run, { kind: "owed", host: owedTo });
    this.#release(run);
  }

  #release(run: ActiveRun): void {
    if (!this.#active.delete(run.id)) return;
    if (!run.isEndedEarly) run.dropInput();
    run.share?.[Symbol.dispose]();
    this.#parts.events.publish(run, { kind: "released" });
  }
}

function finisherOf({ place, isEndedEarly }: ActiveRun): Finisher {
  if (!place.isHeld) return "anyone";
  return isEndedEarly ? "carrier" : "code";
}

/** Nothing that must be recorded or waited for comes before the call of its code. */
function mayBeginAtOnce({ entry, place, callbackUrl }: ActiveRun): boolean {
  const { onInterrupt, retries } = entry.action;
  return (
    place.turn === undefined &&
    callbackUrl === null &&
    onInterrupt !== "retry" &&
    retries === undefined
  );
}
