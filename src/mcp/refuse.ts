/** Refusals in the words of JSON-RPC. */
import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { ServerError } from "../errors.ts";
import type { Outcome, RunId } from "../run/run.ts";

/** Characters of a result in a message, which is parsed and written on the event loop. */
export const MAX_RESULT_LENGTH = 1_000_000;

/** Lets what is refused with a `ServerError` be refused with an error that clients understand. */
export async function refusing<Result>(
  work: () => Promise<Result> | Result,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServerError) throw toProtocolError(error);
    throw error;
  }
}

/** Says where a result is that is too large for a message. @returns undefined for one that is not */
export function findTooLong(id: RunId, result: string): string | undefined {
  return result.length > MAX_RESULT_LENGTH
    ? `The run has passed, but its result is too large for a message. GET /api/runs/${id}/result has it.`
    : undefined;
}

/** @throws {ProtocolError} the run did not pass, or its result is too large for a message */
export function requirePassed(runId: RunId, outcome: Outcome): string {
  if (outcome.status === "passed") {
    const reason = findTooLong(runId, outcome.result);
    if (reason === undefined) return outcome.result;
    throw new ProtocolError(ProtocolErrorCode.InternalError, reason, {
      run_id: runId,
    });
  }
  const { code, message, data } = outcome.error;
  throw new ProtocolError(ProtocolErrorCode.InternalError, message, {
    run_id: runId,
    code,
    ...(data === undefined ? {} : { data }),
  });
}

function toProtocolError(error: ServerError): ProtocolError {
  const { code, message, errors, runId } = error;
  const isOurs = code === "internal" || code === "store_unavailable";
  return new ProtocolError(
    isOurs ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams,
    message,
    {
      code,
      ...(errors === undefined ? {} : { errors }),
      ...(runId === undefined ? {} : { run_id: runId }),
    },
  );
}
