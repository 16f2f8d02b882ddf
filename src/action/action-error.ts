/** The error with which an action tells its caller why it failed. */

const ACTION_ERROR = Symbol.for("actiond.action-error");

const OPTION_KEYS = ["code", "data", "body", "status", "retryable", "cause"];
/** They have no body: RFC 9110 sections 15.3.5 and 15.3.6. */
const WITHOUT_BODY = new Set([204, 205]);

export interface ActionErrorOptions {
  /** A code for programs: letters, digits and `_`, beginning with a letter, such as "out_of_stock". */
  code?: string;
  /** Data for programs: anything that JSON can represent. */
  data?: unknown;
  /**
   * The whole body of the reply, and of the callback, in place of the problem: anything that JSON can represent. The run
   * has failed all the same.
   */
  body?: unknown;
  /** The HTTP status of the reply to a waiting caller: 400 to 599, and with a `body` also 200 to 299. By default 500. */
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
  readonly body: unknown;
  readonly status: number | undefined;
  readonly retryable: boolean | undefined;

  constructor(message: string, options: ActionErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    const mistake = findMistake(options);
    if (mistake !== undefined) throw new TypeError(mistake);
    this.code = options.code;
    this.data = options.data;
    this.body = options.body;
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
  const { code, data, body, status, retryable } = options;
  const unknown = Object.keys(options).find(
    (key) => !OPTION_KEYS.includes(key),
  );
  if (unknown !== undefined)
    return `ActionError has no option "${unknown}". Its options are ${OPTION_KEYS.join(", ")}.`;
  if (code !== undefined && !/^[a-z][a-z0-9_]*$/i.test(code))
    return `The code of an ActionError must consist of letters, digits and "_" and begin with a letter, such as "out_of_stock", not "${code}".`;
  if (status !== undefined && !isStatus(status, body !== undefined))
    return `The status of an ActionError must be a whole number from 400 to 599, or with a body also from 200 to 299 but 204 and 205, not ${status}.`;
  if (retryable !== undefined && typeof retryable !== "boolean")
    return `The retryable of an ActionError must be true or false, not ${String(retryable)}.`;
  for (const [name, value] of Object.entries({ data, body }))
    if (value !== undefined && !isJson(value))
      return `The ${name} of an ActionError must be something that JSON can represent, not ${Bun.inspect(value, { depth: 0 })}.`;
  return undefined;
}

function isStatus(status: number, hasBody: boolean): boolean {
  if (!Number.isInteger(status)) return false;
  if (status >= 400) return status <= 599;
  const isSuccess = status >= 200 && status <= 299;
  return hasBody && isSuccess && !WITHOUT_BODY.has(status);
}

function isJson(value: unknown): boolean {
  try {
    return (JSON.stringify(value) as string | undefined) !== undefined;
  } catch {
    return false;
  }
}
