/** A run between acceptance and outcome, in memory: what may end it early, and who waits for it. */
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import type { Task } from "../../execute/task.ts";
import type { ByteBudget, Counted } from "../../byte-budget.ts";
import type { Place } from "../../queue/turns.ts";
import type { SentRequest } from "../../secrets/sent-request.ts";
import type { RunFacts } from "../events.ts";
import { Chunks } from "./chunks.ts";
import type { HeldInput } from "../input/held-input.ts";
import type { Outcome, RunId } from "../run.ts";
import type { NewRun } from "../store.ts";

const BYTES_PER_CHARACTER = 2;
const RECORDED = Promise.resolve();

/** Ends a wait: with the outcome, or with why it will not be known here. */
export type Wake = (error: unknown, outcome?: Outcome) => void;

type Accepted = RunFacts & Pick<NewRun, "startTimeoutMs" | "runTimeoutMs">;

/** What a run needs in order to be carried out. */
export interface Work {
  readonly entry: CatalogEntry;
  readonly input: unknown;
  /** The memory that the input takes; undefined where that does not count. */
  readonly held?: HeldInput | undefined;
  /** What came with its request; undefined when that is not known any more. */
  readonly sent: SentRequest | undefined;
  /** The name of the key that it was started with; "" where nobody had one. */
  readonly callerName: string;
  /** Counts what its code yields; undefined where that does not count. */
  readonly budget?: ByteBudget | undefined;
  readonly place: Place;
  /** What the run takes of its owner's quota. */
  readonly share: Disposable | undefined;
  /** The attempt that comes first; 1 unless an earlier process has made some. */
  readonly attempt: number;
  /** Whether the store knows the run as running already. */
  readonly isStartRecorded: boolean;
  /** When the next attempt is due, for a run that backs off. */
  readonly nextAttemptAt?: number | undefined;
}

/**
 * Most runs end within the call of their code, so that nothing is made here before it is asked for: the signal, the
 * list of those who wait, the promise of an early end.
 */
export class ActiveRun implements RunFacts, Task {
  readonly id: RunId;
  readonly package: string;
  readonly action: string;
  readonly owner: string;
  readonly requestId: string;
  readonly callbackUrl: string | null;
  readonly createdAt: number;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  /** Milliseconds; Infinity where there is no limit. */
  readonly startTimeoutMs: number;
  readonly runTimeoutMs: number;
  readonly entry: CatalogEntry;
  readonly sent: SentRequest | undefined;
  readonly callerName: string;
  readonly place: Place;
  readonly share: Disposable | undefined;
  readonly isStartRecorded: boolean;
  /** How often its code has been called, this time included. */
  attempt: number;
  /** When it is tried again, in milliseconds since 1970 UTC; undefined while it does not back off. */
  nextAttemptAt: number | undefined;
  /**
   * Resolves when the run is on disk: from then on others may be told of it. Rejects with `store_unavailable`, and then
   * there is no run.
   */
  recorded: Promise<void> = RECORDED;
  /** Its code has ended, and its outcome is being recorded. */
  isFinishing = false;
  /** Its turn has come, or it was ended before that. It joins the queue again when it backs off. */
  hasLeftQueue = false;
  /** When it started first, on the clock of `performance.now()`; undefined until it does. */
  startedAt: number | undefined;
  #controller: AbortController | undefined;
  #early: PromiseWithResolvers<Outcome> | undefined;
  #waiters: Set<Wake> | undefined;
  #earlyOutcome: Outcome | undefined;
  #outcome: Outcome | undefined;
  #isSuspended = false;
  #dismissal: { readonly error: unknown } | undefined;
  #isDetachedElsewhere = false;
  #chunks: Chunks | undefined;
  #input: unknown;
  #held: Disposable | undefined;
  #heldUntilEnd: DisposableStack | undefined;
  readonly #budget: ByteBudget | undefined;
  #counted: Counted | undefined;
  /** Whether the input is in memory: while the run waits for its turn, only the store has it. */
  #hasInput = true;

  constructor(run: Accepted, work: Work) {
    this.id = run.id;
    this.package = run.package;
    this.action = run.action;
    this.owner = run.owner;
    this.requestId = run.requestId;
    this.callbackUrl = run.callbackUrl;
    this.createdAt = run.createdAt;
    this.traceparent = run.traceparent;
    this.tracestate = run.tracestate;
    this.startTimeoutMs = run.startTimeoutMs ?? Infinity;
    this.runTimeoutMs = run.runTimeoutMs ?? Infinity;
    this.entry = work.entry;
    this.#input = work.input;
    this.#held = work.held;
    work.held?.adopt();
    this.#budget = work.budget;
    this.sent = work.sent;
    work.sent?.adopt();
    this.callerName = work.callerName;
    this.place = work.place;
    this.share = work.share;
    this.isStartRecorded = work.isStartRecorded;
    this.attempt = work.attempt;
    this.nextAttemptAt = work.nextAttemptAt;
    if (work.place.turn !== undefined || work.nextAttemptAt !== undefined)
      this.dropInput();
  }

  get input(): unknown {
    return this.#input;
  }

  get hasInput(): boolean {
    return this.#hasInput;
  }

  /** Leaves the input to the store, and the memory that it takes to others. */
  dropInput(): void {
    this.#input = undefined;
    this.#hasInput = false;
    this.#held?.[Symbol.dispose]();
    this.#held = undefined;
  }

  holdUntilEnd(held: Disposable): void {
    (this.#heldUntilEnd ??= new DisposableStack()).use(held);
  }

  /** Gives back what was kept until its end. */
  release(): void {
    this.#heldUntilEnd?.dispose();
    this.#heldUntilEnd = undefined;
  }

  /** Takes the input back. */
  give(input: unknown, held: Disposable | undefined): void {
    this.#input = input;
    this.#hasInput = true;
    this.#held = held;
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
    if (this.#early === undefined) {
      this.#early = Promise.withResolvers();
      if (this.#earlyOutcome !== undefined)
        this.#early.resolve(this.#earlyOutcome);
    }
    return this.#early.promise;
  }

  get isEndedEarly(): boolean {
    return this.#earlyOutcome !== undefined;
  }

  /** What its code has yielded so far. */
  get chunks(): Chunks {
    return (this.#chunks ??= new Chunks());
  }

  addChunk(text: string): void {
    if (this.#budget !== undefined) {
      if (this.#counted === undefined) {
        this.#counted = this.#budget.count(this.owner);
        this.holdUntilEnd(this.#counted);
      }
      this.#counted.add(text.length * BYTES_PER_CHARACTER);
    }
    this.chunks.add(text);
  }

  /** Whether another process has detached the caller that waits here: the outcome belongs to the callback. */
  get isDetachedElsewhere(): boolean {
    return this.#isDetachedElsewhere;
  }

  /** How the run ended, once that is known. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Milliseconds until its time is up; Infinity where it has no limit. */
  get remainingMs(): number {
    if (this.runTimeoutMs === Infinity || this.startedAt === undefined)
      return this.runTimeoutMs;
    return this.runTimeoutMs - (performance.now() - this.startedAt);
  }

  /** Milliseconds since it started; null when it never did. */
  get runMs(): number | null {
    return this.startedAt === undefined
      ? null
      : performance.now() - this.startedAt;
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
    // It will be known here after all.
    if (!this.#isSuspended) this.#dismissal = undefined;
    this.#early?.resolve(outcome);
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
    if (this.#outcome !== undefined) wake(undefined, this.#outcome);
    else if (this.#dismissal !== undefined) wake(this.#dismissal.error);
    else (this.#waiters ??= new Set()).add(wake);
    return () => this.#waiters?.delete(wake);
  }

  /**
   * Tells everyone who waits how the run ended.
   *
   * @param isDetached whether it belongs to the callback, and not to the caller
   */
  wake(outcome: Outcome, isDetached = false): void {
    this.#outcome = outcome;
    this.#isDetachedElsewhere = isDetached;
    for (const wake of this.#waiters ?? []) wake(undefined, outcome);
    this.#waiters = undefined;
  }

  /** Tells everyone who waits, or will, that the outcome will not be known here. */
  dismiss(error: unknown): void {
    this.#dismissal = { error };
    for (const wake of this.#waiters ?? []) wake(error);
    this.#waiters = undefined;
  }
}
