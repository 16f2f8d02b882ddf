/** The refusal of whatever the store cannot do now. */
import { ServerError } from "../errors.ts";

const RETRY_SECONDS = 5;

/** @param verb "written" or "read" */
export function unavailable(
  reason: string,
  verb: "written" | "read" = "written",
): ServerError {
  return new ServerError(
    "store_unavailable",
    `The run store cannot be ${verb}: ${reason.replace(/\.$/, "")}.`,
    { retryAfterSeconds: RETRY_SECONDS },
  );
}
