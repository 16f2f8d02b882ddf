/** What an action throws to speak to its caller. */

/** Marks an `ActionError`, also across two copies of the SDK. */
const ACTION_ERROR = Symbol.for("actiond.action-error");

const CODE = /^[a-z]\w*$/i;

export interface ActionErrorOptions {
  /** A word for programs, such as "out_of_stock". */
  code?: string;
  /** Anything JSON can hold, for programs. */
  data?: unknown;
  /** HTTP status of the reply, 400 to 599. Omitted: 500. */
  status?: number;
  /** Whether the same request may pass when it is sent again. Omitted: false. */
  retryable?: boolean;
  /** What led to it: for the log, never for the caller. */
  cause?: unknown;
}

/**
 * A failure its caller should know of: message, code, data and status go through to it. Of any other error the
 * caller learns only the name.
 *
 * @throws {TypeError} when an option is not what it must be
 */
export class ActionError extends Error {
  override readonly name = "ActionError";
  readonly [ACTION_ERROR] = true;
  readonly code: string | undefined;
  readonly data: unknown;
  readonly status: number | undefined;
  readonly retryable: boolean | undefined;

  constructor(message: string, options: ActionErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    const { code, data, status, retryable } = options;
    if (code !== undefined && !CODE.test(code))
      throw new TypeError(
        `An ActionError's code must be a word such as "out_of_stock", not ${JSON.stringify(code)}.`,
      );
    if (
      status !== undefined &&
      !(Number.isInteger(status) && status >= 400 && status <= 599)
    )
      throw new TypeError(
        `An ActionError's status must be an integer from 400 to 599, not ${status}.`,
      );
    this.code = code;
    this.data = data;
    this.status = status;
    this.retryable = retryable;
  }
}

export function isActionError(value: unknown): value is ActionError {
  return value instanceof Error && ACTION_ERROR in value;
}
