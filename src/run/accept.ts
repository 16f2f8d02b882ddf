/** Accepts runs: everything that can be refused is refused here, before there is a run. */
import type { Caller } from "../access/caller.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { ByteBudget } from "../byte-budget.ts";
import { ServerError } from "../errors.ts";
import { concurrencyKeyOf } from "../queue/concurrency-key.ts";
import type { KeyQuota } from "../queue/key-quota.ts";
import type { Place, Turns } from "../queue/turns.ts";
import type { SentRequest } from "../secrets/sent-request.ts";
import type { Vault } from "../secrets/vault.ts";
import { ActiveRun } from "./active/active-run.ts";
import { smallest, type Timeouts } from "./active/clock.ts";
import { type HeldInput, takeBytes } from "./input/held-input.ts";
import type { InputReader, ReadInput } from "./input/input-reader.ts";
import { OneByOne, type RequestKey, refuseOtherRequest } from "./repeat.ts";
import type { Run, RunId } from "./run.ts";
import type { Runner } from "./active/runner.ts";
import type { NewRun, RunStore } from "./store.ts";
import type { StoredShare } from "./stored-share.ts";

/** What a caller asks for. */
export interface RunRequest extends Timeouts {
  /** Whose run it will be. */
  readonly caller: Caller;
  readonly package: string;
  readonly action: string;
  /** Parsed JSON, not checked yet; or the bytes of JSON as they were sent, of which none mean `{}`. */
  readonly input: unknown;
  /** The memory that the input takes; undefined where that does not count. */
  readonly held?: HeldInput | undefined;
  /** What came with the request besides the input; undefined when there is nothing. */
  readonly sent: SentRequest | undefined;
  /** How long the caller is ready to wait, in milliseconds; 0 detaches at once, Infinity waits for the outcome. */
  readonly waitMs: number;
  readonly callbackUrl: URL | null;
  /** The caller's own id; "" if it gave no id. */
  readonly requestId: string;
  /** W3C trace context. */
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  /** Undefined when none was given. */
  readonly idempotencyKey: string | undefined;
}

/** A run that is being worked on: a new one, or that of an earlier request with the same idempotency key. */
export interface Accepted {
  readonly run: ActiveRun;
  readonly isRepeat: boolean;
}

/** What a request is answered with: a run that is being worked on here, or one that has ended or is worked on elsewhere. */
type Answered = Accepted | { readonly kept: Run };

/** @throws {ServerError} `callback_not_allowed` when a callback may not go there */
type CallbackCheck = (url: URL, owner: string) => Promise<void>;

interface AcceptorParts {
  readonly catalog: Pick<Catalog, "find">;
  readonly turns: Turns;
  readonly store: RunStore;
  readonly runner: Runner;
  readonly quota: KeyQuota;
  readonly inputs: InputReader;
  readonly secrets: Pick<Vault, "isSent" | "refuseMissing">;
  /** The memory of what waits for its turn. */
  readonly held: ByteBudget;
  readonly checkCallback: CallbackCheck;
  /** Undefined: there is room for what new runs bring. */
  readonly disk?: { readonly trouble: ServerError | undefined };
  /** Undefined: one key may fill the disk. */
  readonly stored?: Pick<StoredShare, "refuse"> | undefined;
  /** What no run may exceed. */
  readonly timeouts: Timeouts;
}

/** What a checked request needs in order to become a run. */
interface Checked {
  readonly entry: CatalogEntry;
  readonly input: unknown;
  /** The input as it is kept. */
  readonly text: string;
  readonly fingerprint: string | undefined;
}

export class RunAcceptor {
  readonly #parts: AcceptorParts;
  readonly #repeats = new OneByOne();
  #isClosed = false;

  constructor(parts: AcceptorParts) {
    this.#parts = parts;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** From now on every run is refused with `shutting_down`. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * Refuses a request for which there would be no room, whatever its input: nothing more of it need be read. One with
   * an idempotency key may be answered with an earlier run, which needs no room.
   *
   * @throws {ServerError} `shutting_down`, `action_not_found`, `overloaded`, `too_many_runs`, `store_unavailable`
   */
  refuseEarly(
    request: Pick<
      RunRequest,
      "package" | "action" | "idempotencyKey" | "caller"
    >,
  ): void {
    if (this.#isClosed) throw shuttingDown();
    const entry = this.#find(request);
    if (request.idempotencyKey !== undefined) return;
    this.#refuseWithoutRoom(request);
    this.#parts.turns.refuseEarly(entry, request.caller.keyId);
  }

  /**
   * Checks a request and makes it a run, which starts at once or queues.
   *
   * @returns the run, or that of an earlier request with the same idempotency key; at once where nothing has to be waited
   *   for
   * @throws {ServerError} `shutting_down`, `action_not_found`, `invalid_json`, `invalid_input`, `input_too_large`,
   *   `callback_not_allowed`,
   *   `idempotency_key_reused`, `concurrency_key_failed`, `missing_secret`, `too_many_runs`, `overloaded`, `store_unavailable`
   */
  accept(request: RunRequest): Answered | Promise<Answered> {
    if (this.#isClosed) throw shuttingDown();
    const checked = this.#check(request);
    const mustWait =
      checked instanceof Promise ||
      request.callbackUrl !== null ||
      request.idempotencyKey !== undefined;
    return mustWait
      ? this.#acceptLater(request, checked)
      : this.#begin(request, checked);
  }

  async #acceptLater(
    request: RunRequest,
    checking: Checked | Promise<Checked>,
  ): Promise<Answered> {
    let checked = await checking;
    if (request.callbackUrl !== null) {
      await this.#parts.checkCallback(
        request.callbackUrl,
        request.caller.keyId,
      );
    }
    // Meanwhile the actions may have been loaded again.
    while (this.#find(request) !== checked.entry) {
      const input = new TextEncoder().encode(checked.text);
      checked = await this.#check({ ...request, input });
    }
    if (this.#isClosed) throw shuttingDown();
    const { caller, idempotencyKey } = request;
    if (idempotencyKey === undefined) return this.#begin(request, checked);
    const { fingerprint = "" } = checked;
    const key = { owner: caller.keyId, idempotencyKey, fingerprint };
    return await this.#repeats.take(key, () =>
      this.#acceptOnce(request, checked, key),
    );
  }

  #begin(request: RunRequest, checked: Checked): Accepted {
    const { run, newRun } = this.#make(request, checked);
    this.#parts.runner.begin(run, newRun, request.caller);
    return { run, isRepeat: false };
  }

  /**
   * The store decides whether this is the first request with its idempotency key, and the code of the run is called
   * only after that.
   */
  async #acceptOnce(
    request: RunRequest,
    checked: Checked,
    key: RequestKey,
  ): Promise<Answered> {
    const { store, runner } = this.#parts;
    const known = await store.findByIdempotencyKey(
      key.owner,
      key.idempotencyKey,
    );
    if (known !== undefined) return this.#repeat(known, key);
    if (this.#isClosed) throw shuttingDown();
    const { run, newRun } = this.#make(request, checked, key);
    let earlier: Run | undefined;
    try {
      runner.expect(run);
      earlier = await store.insert(newRun);
    } catch (error) {
      runner.discard(run);
      throw error;
    }
    if (earlier === undefined) {
      runner.launch(run, request.caller);
      return { run, isRepeat: false };
    }
    runner.discard(run);
    return this.#repeat(earlier, key);
  }

  /** @throws {ServerError} `idempotency_key_reused` */
  #repeat(earlier: Run, key: RequestKey): Answered {
    refuseOtherRequest(earlier, key);
    const run = this.#parts.runner.find(earlier.id);
    return run === undefined ? { kept: earlier } : { run, isRepeat: true };
  }

  #refuseWithoutRoom({ caller }: Pick<RunRequest, "caller">): void {
    const { disk, stored } = this.#parts;
    if (disk?.trouble !== undefined) throw disk.trouble;
    stored?.refuse(caller.keyId);
  }

  #find(request: Pick<RunRequest, "package" | "action">): CatalogEntry {
    const entry = this.#parts.catalog.find(request.package, request.action);
    if (entry !== undefined) return entry;
    throw new ServerError(
      "action_not_found",
      `There is no action "${request.package}/${request.action}". GET /api/actions lists the actions of this server.`,
    );
  }

  #check(request: RunRequest): Checked | Promise<Checked> {
    const entry = this.#find(request);
    const read = this.#parts.inputs.read(request.input, entry, {
      owner: request.caller.keyId,
      hasKey: request.idempotencyKey !== undefined,
    });
    return read instanceof Promise
      ? toCheckedLater(entry, read)
      : toChecked(entry, read);
  }

  /** Takes room for a run in the quota of its key and in the queue. */
  #make(
    request: RunRequest,
    checked: Checked,
    key?: RequestKey,
  ): { run: ActiveRun; newRun: NewRun } {
    this.#refuseWithoutRoom(request);
    const { turns, quota } = this.#parts;
    const { entry, input } = checked;
    const { sent, caller } = request;
    if (entry.action.secrets.length > 0)
      this.#parts.secrets.refuseMissing(entry, sent);
    const concurrencyKey = concurrencyKeyOf(entry, input);
    const { keyId: owner } = caller;
    const share = quota.take(owner);
    const id = Bun.randomUUIDv7();
    let place: Place | undefined;
    try {
      place = turns.reserve(entry, concurrencyKey, { id, owner });
      // It may wait, now or between two attempts.
      if (place.turn !== undefined || entry.action.retries !== undefined)
        this.#takeRoom(sent, caller);
    } catch (error) {
      place?.[Symbol.dispose]();
      share?.[Symbol.dispose]();
      throw error;
    }
    const isStartRecorded = place.turn === undefined;
    const newRun = this.#toNewRun(request, checked, {
      id,
      isStartRecorded,
      key,
    });
    const run = new ActiveRun(newRun, {
      entry,
      input,
      held: request.held,
      budget: this.#parts.held,
      sent,
      callerName: caller.keyId === "" ? "" : caller.name,
      place,
      share,
      attempt: 1,
      isStartRecorded,
    });
    return { run, newRun };
  }

  /** What came with a request has to be in memory until its run has had its turn. */
  #takeRoom(sent: SentRequest | undefined, { keyId }: Caller): void {
    sent?.takeRoom((bytes) => takeBytes(this.#parts.held, keyId, bytes));
  }

  #toNewRun(
    request: RunRequest,
    { entry, text }: Checked,
    state: { id: RunId; isStartRecorded: boolean; key: RequestKey | undefined },
  ): NewRun {
    const createdAt = Date.now();
    const timeouts = smallest(request, entry.action, this.#parts.timeouts);
    return {
      id: state.id,
      package: entry.package,
      action: entry.name,
      input: text,
      requestId: request.requestId,
      callbackUrl: request.callbackUrl?.href ?? null,
      detached: request.waitMs === 0,
      createdAt,
      startedAt: state.isStartRecorded ? createdAt : null,
      traceparent: request.traceparent,
      tracestate: request.tracestate,
      startTimeoutMs: toLimit(timeouts.startTimeoutMs),
      runTimeoutMs: toLimit(timeouts.runTimeoutMs),
      owner: request.caller.keyId,
      idempotencyKey: state.key?.idempotencyKey ?? null,
      fingerprint: state.key?.fingerprint ?? null,
      sentSecrets: this.#parts.secrets.isSent(entry, request.sent),
    };
  }
}

function toChecked(
  entry: CatalogEntry,
  { value: input, text, fingerprint }: ReadInput,
): Checked {
  return { entry, input, text, fingerprint };
}

async function toCheckedLater(
  entry: CatalogEntry,
  read: Promise<ReadInput>,
): Promise<Checked> {
  return toChecked(entry, await read);
}

/** JSON and SQLite have no Infinity. */
function toLimit(ms: number): number | null {
  return ms === Infinity ? null : ms;
}

export function shuttingDown(): ServerError {
  return new ServerError(
    "shutting_down",
    "The server is shutting down and accepts no new runs.",
    { retryAfterSeconds: 5 },
  );
}
