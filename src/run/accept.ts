/** Accepts runs: everything that can be refused is refused here, before there is a run. */
import type { Catalog } from "../action/catalog.ts";
import { ServerError } from "../errors.ts";
import { ActiveRun } from "./active-run.ts";
import type { Limit } from "./limit.ts";
import type { NewRun, RunStore } from "./run.ts";
import type { Runner } from "./runner.ts";

/** What a caller asks for. */
export interface RunRequest {
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
}

/** A run that was accepted, with the moment from which others may be told of it. */
export interface Accepted {
  readonly run: ActiveRun;
  /** Resolves when the run is on disk. Rejects with `store_unavailable`: then there is no run. */
  readonly recorded: Promise<void>;
}

/** @throws {ServerError} `callback_not_allowed` when a callback may not go there */
export type CallbackCheck = (url: URL) => Promise<void>;

export class Reception {
  readonly #catalog: () => Catalog;
  readonly #limit: Limit;
  readonly #store: RunStore;
  readonly #runner: Runner;
  readonly #checkCallback: CallbackCheck;
  #isClosed = false;

  constructor(parts: {
    catalog: () => Catalog;
    limit: Limit;
    store: RunStore;
    runner: Runner;
    checkCallback: CallbackCheck;
  }) {
    this.#catalog = parts.catalog;
    this.#limit = parts.limit;
    this.#store = parts.store;
    this.#runner = parts.runner;
    this.#checkCallback = parts.checkCallback;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** From now on every run is refused with `shutting_down`. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * Checks a request and makes it a run, which starts at once or queues.
   *
   * @throws {ServerError} `shutting_down`, `action_not_found`, `invalid_input`, `callback_not_allowed`, `overloaded`
   */
  async accept(request: RunRequest): Promise<Accepted> {
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
    const place = this.#limit.reserve();
    const createdAt = Date.now();
    const newRun: NewRun = {
      id: Bun.randomUUIDv7(),
      package: entry.package,
      action: entry.name,
      input: JSON.stringify(checked.value),
      requestId: request.requestId,
      callbackUrl: request.callbackUrl?.href ?? null,
      detached: request.waitMs === 0,
      createdAt,
      startedAt: place.turn === undefined ? createdAt : null,
      traceparent: request.traceparent,
      tracestate: request.tracestate,
    };
    const recorded = this.#store.insert(newRun);
    const run = new ActiveRun(
      { ...newRun, attempt: 1 },
      { entry, input: checked.value, place },
    );
    this.#runner.launch(run, recorded);
    return { run, recorded };
  }
}

export function shuttingDown(): ServerError {
  return new ServerError(
    "shutting_down",
    "The server is shutting down and takes no new runs.",
    { retryAfterSeconds: 5 },
  );
}
