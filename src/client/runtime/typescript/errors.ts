/** Why a call did not pass. */

/** The members of a problem (RFC 9457). */
export interface Problem {
  readonly type?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly title?: string;
  readonly code?: string;
  readonly source?: string;
  readonly retryable?: boolean;
  readonly run_id?: string;
  readonly data?: unknown;
  readonly errors?: readonly InputError[];
}

export interface InputError {
  /** A JSON Pointer to the place, "" for the whole input. */
  readonly path: string;
  readonly message: string;
}

/** Why a call did not pass. Each reason that a caller may treat in its own way is a class of its own. */
export class ActiondError extends Error {
  /** The server's or the action's own code, such as "out_of_stock". */
  readonly code: string;
  /** The HTTP status; 0 when there was no reply. */
  readonly status: number;
  /** Whether the same request may pass later. */
  readonly retryable: boolean;
  /** The run, if there is one. */
  readonly runId: string | undefined;
  /** What the action added to its error. */
  readonly data: unknown;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(
      problem.detail ?? problem.title ?? "The server gave no reason.",
      options,
    );
    this.name = new.target.name;
    this.code = problem.code ?? "unknown";
    this.status = problem.status ?? 0;
    this.retryable = problem.retryable ?? false;
    this.runId = problem.run_id;
    this.data = problem.data;
  }
}

/** The code of the action failed. */
export class ActionFailedError extends ActiondError {}
/** The run was cancelled, or the server stopped while it was running. */
export class RunCancelledError extends ActiondError {}
/** The run took too long, or was queued for too long. */
export class RunTimedOutError extends ActiondError {}
/** The server could not be reached, or had no room, for as long as the client was patient. */
export class UnavailableError extends ActiondError {}
/** The input does not match the schema of the action. */
export class InvalidInputError extends ActiondError {
  readonly errors: readonly InputError[];

  constructor(problem: Problem) {
    super(problem);
    this.errors = problem.errors ?? [];
  }
}
