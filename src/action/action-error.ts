/** The error with which an action tells its caller why it failed. */

const ACTION_ERROR = Symbol.for("actiond.action-error");

const OPTION_KEYS = ["code", "data", "status", "retryable", "cause"];

export interface ActionErrorOptions {
  /** A code for programs: letters, digits and `_`, beginning with a letter, such as "out_of_stock". */
  code?: string;
  /** Data for programs: anything that JSON can represent. */
  data?: unknown;
  /** The HTTP status of the reply to a waiting caller, 400 to 599. */
  status?: number;
  /** Whether the same run might pass if it is tried again. */
  retryable?: boolean;
  /** The underlying error. It is logged; callers do not see it. */
  cause?: unknown;
}

/**
 * Throw it to tell the caller why the run failed: its message, code and data are sent. If an action throws any other
 * error, the caller only learns the name of the error.
 *
 * @throws {TypeError} an option is unknown or of the wrong kind
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
    const mistake = findMistake(options);
    if (mistake !== undefined) throw new TypeError(mistake);
    this.code = options.code;
    this.data = options.data;
    this.status = options.status;
    this.retryable = options.retryable;
  }
}

/** Whether this is an `ActionError`, even one of another copy of the SDK. */
export function isActionError(value: unknown): value is ActionError {
  return (
    value instanceof Error &&
    (value as Partial<ActionError>)[ACTION_ERROR] === true
  );
}

function findMistake(options: ActionErrorOptions): string | undefined {
  const { code, data, status, retryable } = options;
  const unknown = Object.keys(options).find(
    (key) => !OPTION_KEYS.includes(key),
  );
  if (unknown !== undefined)
    return `ActionError has no option "${unknown}". Its options are ${OPTION_KEYS.join(", ")}.`;
  if (code !== undefined && !/^[a-z][a-z0-9_]*$/i.test(code))
    return `The code of an ActionError must consist of letters, digits and "_" and begin with a letter, such as "out_of_stock", not "${code}".`;
  if (status !== undefined && !isErrorStatus(status))
    return `The status of an ActionError must be a whole number from 400 to 599, not ${status}.`;
  if (retryable !== undefined && typeof retryable !== "boolean")
    return `The retryable of an ActionError must be true or false, not ${String(retryable)}.`;
  if (data !== undefined && !isJson(data))
    return `The data of an ActionError must be something that JSON can represent, not ${Bun.inspect(data, { depth: 0 })}.`;
  return undefined;
}

function isErrorStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 400 && status <= 599;
}

function isJson(value: unknown): boolean {
  try {
    return (JSON.stringify(value) as string | undefined) !== undefined;
  } catch {
    return false;
  }
}
