/** A run between acceptance and outcome, in memory: what may end it early and who waits for it. */
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { QueueEntry } from "../queue/lane.ts";
import type { NewRun, Outcome, RunId } from "./run.ts";

/** Ends a wait: with the outcome, or with why it will not be known here. */
export type Wake = (error: unknown, outcome?: Outcome) => void;

export class ActiveRun {
  readonly id: RunId;
  /** The key it was started with. */
  readonly owner: string;
  readonly requestId: string;
  readonly callbackUrl: string | null;
  readonly createdAt: number;
  /** How often its code has been called, this time included. */
  attempt: number;
  /** When it is tried again, in milliseconds since 1970 UTC; undefined while it does not back off. */
  nextAttemptAt: number | undefined;
  /** The run is on disk as running already. */
  readonly isStartRecorded: boolean;
  /** In milliseconds; Infinity where there is none. */
  readonly startTimeoutMs: number;
  readonly runTimeoutMs: number;
  readonly entry: CatalogEntry;
  readonly input: unknown;
  readonly queueEntry: QueueEntry;
  /** Its turn has come, or it was ended before that. It joins the queue again when it backs off. */
  hasLeftQueue = false;
  /** When it started first, on the clock of `performance.now()`; undefined until it does. */
  startedAt: number | undefined;
  /** Made when the action's code asks for its signal: most do not. */
  #controller: AbortController | undefined;
  readonly #endedEarly = Promise.withResolvers<Outcome>();
  readonly #waiters = new Set<Wake>();
  #earlyOutcome: Outcome | undefined;
  #outcome: Outcome | undefined;
  #isSuspended = false;

  constructor(
    run: Pick<
      NewRun,
      | "id"
      | "owner"
      | "requestId"
      | "callbackUrl"
      | "createdAt"
      | "startTimeoutMs"
      | "runTimeoutMs"
    > & {
      attempt: number;
      isStartRecorded: boolean;
      /** Only of a run that backs off. */
      nextAttemptAt?: number | null;
    },
    work: { entry: CatalogEntry; input: unknown; queueEntry: QueueEntry },
  ) {
    this.id = run.id;
    this.owner = run.owner;
    this.requestId = run.requestId;
    this.callbackUrl = run.callbackUrl;
    this.createdAt = run.createdAt;
    this.attempt = run.attempt;
    this.nextAttemptAt = run.nextAttemptAt ?? undefined;
    this.isStartRecorded = run.isStartRecorded;
    this.startTimeoutMs = run.startTimeoutMs ?? Infinity;
    this.runTimeoutMs = run.runTimeoutMs ?? Infinity;
    this.entry = work.entry;
    this.input = work.input;
    this.queueEntry = work.queueEntry;
  }

  /** Aborts with the message of the outcome that ended the run early. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      this.#abort();
    }
    return this.#controller.signal;
  }

  /** Resolves when somebody ends the run early, with the outcome that it shall have. */
  get endedEarly(): Promise<Outcome> {
    return this.#endedEarly.promise;
  }

  /** Until its time is up; Infinity where it has no limit. */
  get remainingMs(): number {
    if (this.runTimeoutMs === Infinity || this.startedAt === undefined)
      return this.runTimeoutMs;
    return this.runTimeoutMs - (performance.now() - this.startedAt);
  }

  get isEndedEarly(): boolean {
    return this.#earlyOutcome !== undefined;
  }

  /** Its end is not to be recorded: it runs again when the server is back. */
  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /** Asks the code to end, without an outcome. */
  suspend(outcome: Outcome): void {
    this.#isSuspended = true;
    this.endEarly(outcome);
  }

  /** Asks the run to end with this outcome. The first one to ask wins; whether it counts, the store decides. */
  endEarly(outcome: Outcome): void {
    if (this.#earlyOutcome !== undefined) return;
    this.#earlyOutcome = outcome;
    this.#endedEarly.resolve(outcome);
    this.#abort();
  }

  #abort(): void {
    const outcome = this.#earlyOutcome;
    if (outcome === undefined) return;
    const message =
      outcome.status === "passed" ? undefined : outcome.error.message;
    this.#controller?.abort(new DOMException(message, "AbortError"));
  }

  /** Calls `wake` once, when the outcome is recorded, at once when it is. @returns what takes the call back */
  onFinish(wake: Wake): () => void {
    if (this.#outcome === undefined) this.#waiters.add(wake);
    else wake(undefined, this.#outcome);
    return () => this.#waiters.delete(wake);
  }

  /** Tells everyone who waits how the run ended. */
  wake(outcome: Outcome): void {
    this.#outcome = outcome;
    for (const wake of this.#waiters) wake(undefined, outcome);
    this.#waiters.clear();
  }

  /** Tells everyone who waits that the outcome will not be known here. */
  dismiss(error: unknown): void {
    for (const wake of this.#waiters) wake(error);
    this.#waiters.clear();
  }
}
