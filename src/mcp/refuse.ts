/** Refusals in the words of JSON-RPC. */
import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { ServerError } from "../errors.ts";
import type { Outcome, RunId } from "../run/run.ts";

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

/** @throws {ProtocolError} the run did not pass */
export function requirePassed(runId: RunId, outcome: Outcome): string {
  if (outcome.status === "passed") return outcome.result;
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
