/** Makes outcomes: from what an action returned, from what it threw, and from what ended it early. */
import type { ActionError } from "../action/action-error.ts";
import { isActionError } from "../action/action-error.ts";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { InputError, RunErrorCode } from "../errors.ts";
import type { Outcome } from "../run/run.ts";
import { toJson } from "../action/to-json.ts";
import { jsonWithoutHidden, withoutHidden } from "../hidden.ts";

/**
 * @param limit.maxResultBytes size of the result as JSON in UTF-8
 * @returns passed, or failed when the result does not match the output schema, cannot be written as JSON or is too large
 */
export function toPassed(
  entry: CatalogEntry,
  value: unknown,
  limit: { maxResultBytes: number },
): Outcome {
  const written = toJson(value);
  if ("reason" in written) return unwritable(entry, written.reason);
  const { text: result, sent } = written;
  const [mistake] = entry.checkOutput(sent);
  if (mistake !== undefined) return misfit(entry, mistake);
  const { maxResultBytes } = limit;
  // A string has at most three UTF-8 bytes for each code unit, so that most results need not be measured.
  if (result.length * 3 > maxResultBytes) {
    const byteCount = Buffer.byteLength(result);
    if (byteCount > maxResultBytes)
      return tooLarge(entry, `${byteCount}`, maxResultBytes);
  }
  return { status: "passed", result };
}

/** The outcome of a run whose result is not JSON. */
export function unwritable({ address }: CatalogEntry, reason: string): Outcome {
  return failed(
    "invalid_result",
    `The result of ${address} cannot be written as JSON: ${reason}.`,
  );
}

/** The outcome of a run whose result does not match its schema. */
export function misfit(
  { address }: CatalogEntry,
  { path, message }: InputError,
): Outcome {
  return failed(
    "invalid_result",
    `The result of ${address} does not match its output schema at "${path}": ${message}.`,
  );
}

/** The outcome of a run whose result is larger than any that is kept. @param size its bytes, such as "at least 10" */
export function tooLarge(
  { address }: CatalogEntry,
  size: string,
  maxResultBytes: number,
): Outcome {
  return failed(
    "result_too_large",
    `The result of ${address} has ${size} bytes, more than the ${maxResultBytes} this server keeps.`,
  );
}

/** An `ActionError` speaks to the caller. Of anything else the caller hears only the name; the rest is for the log. */
export function toFailed(
  thrown: unknown,
  limit: { maxResultBytes: number } = { maxResultBytes: Infinity },
): Outcome {
  if (isActionError(thrown)) return fromActionError(thrown, limit);
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  const kind = "action_failed";
  const message = withoutHidden(`Unexpected error (${name})`);
  return { status: "failed", error: { kind, code: kind, message, name } };
}

/** It is kept and called back, and so has no secrets. */
function fromActionError(
  error: ActionError,
  { maxResultBytes }: { maxResultBytes: number },
): Outcome {
  const body =
    error.body === undefined
      ? undefined
      : JSON.stringify(jsonWithoutHidden(error.body));
  if (body !== undefined && Buffer.byteLength(body) > maxResultBytes)
    return failed(
      "result_too_large",
      `The body of an error has ${Buffer.byteLength(body)} bytes, more than the ${maxResultBytes} this server keeps.`,
    );
  return {
    status: "failed",
    error: {
      kind: "action_failed",
      code: error.code ?? "action_failed",
      message: withoutHidden(error.message),
      ...(error.data === undefined
        ? {}
        : { data: jsonWithoutHidden(error.data) }),
      ...(body === undefined ? {} : { body }),
      ...(error.status === undefined ? {} : { httpStatus: error.status }),
      ...(error.retryable === undefined ? {} : { retryable: error.retryable }),
    },
  };
}

export function failed(kind: RunErrorCode, message: string): Outcome {
  return { status: "failed", error: { kind, code: kind, message } };
}

export function cancelled(
  kind: RunErrorCode,
  message: string,
): Extract<Outcome, { status: "cancelled" }> {
  return { status: "cancelled", error: { kind, code: kind, message } };
}
