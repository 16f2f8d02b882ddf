/** The attempts of a run: its code is called, and, where its action asks for that, called again when it has failed. */
import type { RetryPolicy } from "../../action/retries.ts";
import type { Executor } from "../../execute/task.ts";
import type { Log } from "../../log.ts";
import type { ActiveRun } from "./active-run.ts";
import { startRunClock, startTimer } from "./clock.ts";
import type { Turn } from "../../queue/turns.ts";
import type { RunEvents } from "../events.ts";
import type { Outcome, RunError } from "../run.ts";
import type { RunStore } from "../store.ts";
import { untilRecorded } from "./until-stored.ts";

/** Whatever a clock that was set back says. */
const LONGEST_WAIT_MS = 86_400_000;

export interface AttemptsParts {
  readonly store: RunStore;
  readonly execute: Executor;
  readonly events: RunEvents;
  readonly log: Log;
  /** Gives a run its input again. @returns an outcome when that cannot be */
  readonly readInput: (run: ActiveRun) => Promise<Outcome | undefined>;
  /** A number from 0 to 1: it decides how long a run backs off. */
  readonly random?: () => number;
  /** Starts the timer for the end of that. */
  readonly startTimer?: typeof startTimer;
}

/**
 * Carries a run that has started to an outcome that stands. Its clock runs through all attempts and between them.
 *
 * @param begun the call of its code, where that has begun already
 * @returns the outcome, and the code that was called last, which may go on; "elsewhere" when the run backed off, and has
 *   ended in another process
 */
export async function makeAttempts(
  run: ActiveRun,
  parts: AttemptsParts,
  begun?: Promise<Outcome>,
): Promise<{ outcome: Outcome; ended?: Promise<Outcome> } | "elsewhere"> {
  using _ = run.isEndedEarly ? undefined : startRunClock(run);
  let code = begun;
  for (;;) {
    if (run.nextAttemptAt !== undefined) {
      const turn = await backOff(run, parts);
      if (turn === "elsewhere") return turn;
    }
    if (run.isEndedEarly && code === undefined)
      return { outcome: await run.endedEarly };
    if (code === undefined && !run.hasInput) {
      const unreadable = await parts.readInput(run);
      if (unreadable !== undefined) return { outcome: unreadable };
      if (run.isEndedEarly) return { outcome: await run.endedEarly };
    }
    const ended = code ?? Promise.resolve(call(run, parts));
    code = undefined;
    const outcome = await Promise.race([ended, run.endedEarly]);
    if (run.isEndedEarly || outcome.status !== "failed")
      return { outcome, ended };
    const { error } = outcome;
    const delayMs = planRetry(run, error, parts.random ?? Math.random);
    if (delayMs === undefined) return { outcome, ended };
    await postpone(run, { delayMs, error }, parts);
  }
}

function call(
  run: ActiveRun,
  { execute, events }: AttemptsParts,
): Outcome | Promise<Outcome> {
  publishStarted(run, events);
  return execute(run);
}

/** The code is called while the record of the run is being flushed; the fact is published after that. */
export function publishStarted(run: ActiveRun, events: RunEvents): void {
  if (!events.isHeard("started")) return;
  const { attempt } = run;
  const publish = () => {
    events.publish(run, { kind: "started", attempt });
  };
  // Its record is on disk already, and what the code logs comes after this.
  if (attempt > 1) publish();
  else run.recorded.then(publish, () => undefined);
}

/** Gives the slot back until the next attempt. Once that is on disk, a stop of the server does not interrupt the run. */
async function postpone(
  run: ActiveRun,
  { delayMs, error }: { delayMs: number; error: RunError },
  { store, log, events }: AttemptsParts,
): Promise<void> {
  const { entry, attempt } = run;
  const nextAttemptAt = Math.ceil(Date.now() + delayMs);
  run.nextAttemptAt = nextAttemptAt;
  run.place.rest();
  run.dropInput();
  log.info(
    `${entry.address} failed at attempt ${attempt} of ${entry.action.retries?.attempts}; the next one is in ${(delayMs / 1000).toFixed(2)} s.`,
    { run_id: run.id, action_id: entry.address, attempt },
  );
  await untilRecorded(run, log, () => store.postpone(run.id, nextAttemptAt));
  run.hasLeftQueue = false;
  events.publish(run, {
    kind: "attempt_failed",
    attempt,
    error,
    nextAttemptAt,
  });
}

/** Waits until the next attempt is due and has a slot. */
async function backOff(run: ActiveRun, parts: AttemptsParts): Promise<Turn> {
  const { place } = run;
  await untilDue(run, parts.startTimer ?? startTimer);
  if (!run.isEndedEarly) {
    place.rejoin();
    const turn = await Promise.race([place.turn, run.endedEarly]);
    if (turn === "elsewhere") return turn;
  }
  run.hasLeftQueue = true;
  if (run.isEndedEarly) return "here";
  run.nextAttemptAt = undefined;
  run.attempt = place.attempt ?? run.attempt + 1;
  if (!place.isShared)
    await untilRecorded(run, parts.log, () =>
      parts.store.resume(run.id, run.attempt),
    );
  return "here";
}

async function untilDue(
  run: ActiveRun,
  start: typeof startTimer,
): Promise<void> {
  const { nextAttemptAt = 0 } = run;
  const ms = Math.min(nextAttemptAt - Date.now(), LONGEST_WAIT_MS);
  const { promise, resolve } = Promise.withResolvers<void>();
  using _ = start(ms, resolve);
  // Where others decide, its turn may come before this clock says so, or never.
  const turn = run.place.isShared ? run.place.turn : undefined;
  await Promise.race([promise, run.endedEarly, turn ?? promise]);
}

/**
 * Decides whether a run that failed is tried again: exponential back-off with full jitter, see
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @returns milliseconds until the next attempt; undefined when the outcome stands: it is not a failure that is tried
 *   again, there were enough attempts, or the run will be out of time by then
 */
function planRetry(
  run: ActiveRun,
  error: RunError,
  random: () => number,
): number | undefined {
  const { retries } = run.entry.action;
  if (retries === undefined || run.attempt >= retries.attempts)
    return undefined;
  if (!isRetried(error, retries)) return undefined;
  const delayMs =
    random() *
    Math.min(retries.maxBackoffMs, retries.backoffMs * 2 ** (run.attempt - 1));
  return delayMs < run.remainingMs ? delayMs : undefined;
}

function isRetried(
  { code, kind, name, retryable }: RunError,
  { on }: RetryPolicy,
): boolean {
  if (retryable !== undefined) return retryable;
  return on.includes(code) || on.includes(kind) || on.includes(name ?? kind);
}
