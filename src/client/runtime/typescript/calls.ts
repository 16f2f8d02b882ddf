/** What every generated client offers: calls of actions, and handles of runs. */

export interface ClientOptions {
  /** Where the server is, such as "https://actions.example.com". */
  readonly url: string;
  /** The API key, if the server asks for one. */
  readonly key?: string | undefined;
  /** How many seconds a server that cannot be reached or has no room is tried again. The default is 60. */
  readonly patience?: number | undefined;
  /** Is used instead of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

export interface StartOptions {
  /** Gives the request up when it aborts. A run that is waited for is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Names the request: sent again with the same key and input, it does not start another run. By default a new one is made. */
  readonly idempotencyKey?: string | undefined;
  /** Your own id, by which the run can be found. By default it is the idempotency key. */
  readonly requestId?: string | undefined;
  /** How many seconds the run may take once it has started. */
  readonly runTimeout?: number | undefined;
  /** How many seconds the run may stay queued. */
  readonly startTimeout?: number | undefined;
}

export interface BackgroundOptions extends StartOptions {
  /** The URL that is told how the run ended. */
  readonly callback?: string | undefined;
}

export interface WaitOptions {
  /** Ends the wait when it aborts. The run goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** A run as the server shows it. `GET /api/runs/{id}` describes the other members. */
export interface RunState {
  readonly id: string;
  readonly action_id: string;
  readonly state: "queued" | "running" | "passed" | "failed" | "cancelled";
  readonly attempt: number;
  readonly created_time: string;
  readonly finish_time: string | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly data?: unknown;
  } | null;
  readonly [member: string]: unknown;
}

/** Something that happened to a run. */
export interface RunEvent {
  readonly id: string;
  /** "accepted", "started", "log", "progress", "attempt_failed", "finished" and others. */
  readonly event: string;
  readonly data: {
    readonly run_id: string;
    readonly time: string;
    readonly [member: string]: unknown;
  };
}

/** A run that goes on while you do something else. */
export interface RunHandle<Output> {
  readonly id: string;
  /** Resolves with the result. It rejects as the call itself would. */
  wait(options?: WaitOptions): Promise<Output>;
  /** What happens to the run, from its beginning to its end. Lost connections are mended. */
  events(options?: WaitOptions): AsyncIterableIterator<RunEvent>;
  /** @returns "cancelled" when this ended the run, "not-running" when it had ended already */
  cancel(): Promise<"cancelled" | "not-running">;
  /** How the run stands. */
  state(options?: WaitOptions): Promise<RunState>;
}

type InputOf<Input> =
  Partial<Input> extends Input ? [input?: Input] : [input: Input];

/** An action. */
export interface Callable<Input, Output> {
  /** Runs the action, and resolves with its result. */
  (...call: [...InputOf<Input>, options?: StartOptions]): Promise<Output>;
  /** Starts the action, and resolves as soon as the run is on disk. */
  start(
    ...call: [...InputOf<Input>, options?: BackgroundOptions]
  ): Promise<RunHandle<Output>>;
  /** A run that was started earlier, by its id. */
  attach(id: string): RunHandle<Output>;
}

export type ClientOf<Actions> = {
  readonly [Package in keyof Actions]: {
    readonly [Name in keyof Actions[Package]]: Actions[Package][Name] extends {
      input: infer Input;
      output: infer Output;
    }
      ? Callable<Input, Output>
      : never;
  };
};
