/** Accepts runs: everything that can be refused is refused here, before there is a run. */
import type { Caller } from "../access/caller.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { ServerError } from "../errors.ts";
import { ActiveRun } from "./active-run.ts";
import { smallest, type Timeouts } from "./clock.ts";
import { concurrencyKeyOf } from "../queue/concurrency-key.ts";
import type { Scheduler } from "../queue/scheduler.ts";
import { type RepeatKey, Repeats, toRequestFingerprint } from "./repeat.ts";
import type { NewRun, Run, RunStore } from "./run.ts";
import type { Runner } from "./runner.ts";
import { KeyQuota } from "../queue/key-quota.ts";

/** What a caller asks for. */
export interface RunRequest extends Timeouts {
  /** Whose run it will be. */
  readonly caller: Caller;
  readonly package: string;
  readonly action: string;
  /** Parsed JSON, not checked yet. */
  readonly input: unknown;
  /** How long the caller is ready to wait, in milliseconds; 0 detaches at once, Infinity waits for the outcome. */
  readonly waitMs: number;
  readonly callbackUrl: URL | null;
  /** The caller's own id, "" when none. */
  readonly requestId: string;
  /** W3C trace context. */
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  /** Undefined when none was given. */
  readonly idempotencyKey: string | undefined;
}

/** A run that was accepted, with the moment from which others may be told of it. */
export interface Accepted {
  readonly run: ActiveRun;
  /** Resolves when the run is on disk. Rejects with `store_unavailable`: then there is no run. */
  readonly recorded: Promise<void>;
  /** The run of an earlier request with the same idempotency key. */
  readonly isRepeat: boolean;
}

/** @throws {ServerError} `callback_not_allowed` when a callback may not go there */
export type CallbackCheck = (url: URL) => Promise<void>;

export class RunAcceptor {
  readonly #catalog: () => Catalog;
  readonly #scheduler: Scheduler;
  readonly #store: RunStore;
  readonly #runner: Runner;
  readonly #checkCallback: CallbackCheck;
  readonly #repeats: Repeats;
  readonly #timeouts: Timeouts;
  readonly #quota: KeyQuota;
  #isClosed = false;

  constructor(parts: {
    catalog: () => Catalog;
    scheduler: Scheduler;
    store: RunStore;
    runner: Runner;
    checkCallback: CallbackCheck;
    /** What no run may exceed. */
    timeouts: Timeouts;
    /** Those of the runner. */
    quota?: KeyQuota;
  }) {
    this.#catalog = parts.catalog;
    this.#scheduler = parts.scheduler;
    this.#store = parts.store;
    this.#runner = parts.runner;
    this.#checkCallback = parts.checkCallback;
    this.#timeouts = parts.timeouts;
    this.#quota = parts.quota ?? new KeyQuota();
    this.#repeats = new Repeats(parts.store, parts.runner);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** From now on every run is refused with `shutting_down`. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * Refuses a request for which there would be no place, whatever its input: nothing more of it need be read. One with an
   * idempotency key may be answered with an earlier run, which needs none.
   *
   * @throws {ServerError} `shutting_down`, `overloaded`
   */
  refuseEarly(
    request: Pick<RunRequest, "package" | "action" | "idempotencyKey">,
  ): void {
    if (this.#isClosed) throw shuttingDown();
    if (request.idempotencyKey !== undefined) return;
    const entry = this.#catalog().find(request.package, request.action);
    if (entry !== undefined) this.#scheduler.refuseEarly(entry);
  }

  /**
   * Checks a request and makes it a run, which starts at once or queues.
   *
   * @returns the run; the finished one of an earlier request with the same idempotency key
   * @throws {ServerError} `shutting_down`, `action_not_found`, `invalid_input`, `callback_not_allowed`,
   *   `idempotency_key_reused`, `concurrency_key_failed`, `too_many_runs`, `overloaded`
   */
  async accept(request: RunRequest): Promise<Accepted | { finished: Run }> {
    if (this.#isClosed) throw shuttingDown();
    const entry = this.#catalog().find(request.package, request.action);
    if (entry === undefined)
      throw new ServerError(
        "action_not_found",
        `There is no action "${request.package}/${request.action}". GET /api/actions lists those there are.`,
      );
    const checked = entry.checkInput(request.input);
    if (!checked.ok)
      throw new ServerError(
        "invalid_input",
        `The input breaks the input schema of ${entry.address}.`,
        { errors: checked.errors },
      );
    if (request.callbackUrl !== null) {
      await this.#checkCallback(request.callbackUrl);
      if (this.#isClosed) throw shuttingDown();
    }
    // Before a place is taken: it would be lost with an input that cannot be written.
    const { text, key } = write(request, entry.address, checked.value);
    const earlier = key === undefined ? undefined : this.#repeats.find(key);
    if (earlier !== undefined) return { isRepeat: true, ...earlier };
    this.#quota.refuseWhenFull(request.caller.keyId);
    const queueEntry = this.#scheduler.reserve(
      entry,
      concurrencyKeyOf(entry, checked.value),
    );
    const createdAt = Date.now();
    const timeouts = smallest(request, entry.action, this.#timeouts);
    const newRun: NewRun = {
      id: Bun.randomUUIDv7(),
      package: entry.package,
      action: entry.name,
      input: text,
      requestId: request.requestId,
      callbackUrl: request.callbackUrl?.href ?? null,
      detached: request.waitMs === 0,
      createdAt,
      startedAt: queueEntry.turn === undefined ? createdAt : null,
      traceparent: request.traceparent,
      tracestate: request.tracestate,
      startTimeoutMs: toLimit(timeouts.startTimeoutMs),
      runTimeoutMs: toLimit(timeouts.runTimeoutMs),
      owner: request.caller.keyId,
      idempotencyKey: key?.idempotencyKey ?? null,
      fingerprint: key?.fingerprint ?? null,
    };
    const recorded = this.#store.insert(newRun);
    const run = new ActiveRun(
      { ...newRun, attempt: 1, isStartRecorded: queueEntry.turn === undefined },
      { entry, input: checked.value, queueEntry },
    );
    if (key !== undefined) this.#repeats.add(key, run, recorded);
    this.#runner.launch(run, recorded);
    return { run, recorded, isRepeat: false };
  }
}

/** JSON and SQLite have no Infinity. */
function toLimit(ms: number): number | null {
  return ms === Infinity ? null : ms;
}

/**
 * Writes the input down: as it is kept, and as what a repeated request is known by.
 */
function write(
  { caller, idempotencyKey }: RunRequest,
  address: string,
  input: unknown,
): {
  text: string;
  key: RepeatKey | undefined;
} {
  const text = JSON.stringify(input);
  if (idempotencyKey === undefined) return { text, key: undefined };
  const fingerprint = toRequestFingerprint(address, input);
  return { text, key: { owner: caller.keyId, idempotencyKey, fingerprint } };
}

export function shuttingDown(): ServerError {
  return new ServerError(
    "shutting_down",
    "The server is shutting down and takes no new runs.",
    { retryAfterSeconds: 5 },
  );
}
