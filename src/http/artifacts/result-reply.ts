/** The reply with the outcome of a run whose result may be a file: whoever accepts its type gets the file itself. */
import type { RunFiles } from "../../run/artifacts/run-files.ts";
import type { Outcome, RunId } from "../../run/run.ts";
import { outcomeReply } from "../reply.ts";
import { artifactReply } from "./artifact-reply.ts";

/** With this begins the result of an action whose output is a file: see `action/file-output.ts`. */
const BEGINNING = '{"artifact":';
/** It names a file and its type. */
const MAX_LENGTH = 10_000;

interface ReplyParts {
  readonly accept: string | null;
  readonly artifacts: Pick<RunFiles, "find">;
}

/** @returns the reply at once, unless a file has to be looked for */
export function resultReply(
  id: RunId,
  outcome: Outcome,
  parts: ReplyParts,
): Response | Promise<Response> {
  return outcome.status === "passed" &&
    outcome.result.length <= MAX_LENGTH &&
    outcome.result.startsWith(BEGINNING)
    ? fileReply(id, outcome, parts)
    : outcomeReply(id, outcome, parts.accept);
}

async function fileReply(
  id: RunId,
  outcome: Extract<Outcome, { status: "passed" }>,
  { accept, artifacts }: ReplyParts,
): Promise<Response> {
  const { artifact, content_type: contentType } = JSON.parse(
    outcome.result,
  ) as { artifact: string; content_type?: unknown };
  if (typeof contentType !== "string" || !isAccepted(contentType, accept))
    return outcomeReply(id, outcome, accept);
  const file = await artifacts.find(id, artifact);
  if (file === undefined) return outcomeReply(id, outcome, accept);
  return artifactReply(id, { name: artifact, contentType, file, range: null });
}

/** Only where the type is named: whoever accepts anything is answered in JSON, as for every other action. */
function isAccepted(contentType: string, accept: string | null): boolean {
  const [type = ""] = contentType.toLowerCase().split(";");
  const [group = ""] = type.split("/");
  const ranges = (accept ?? "").toLowerCase().split(",");
  const wanted = new Set([type.trim(), `${group}/*`]);
  return ranges.some((range) => wanted.has((range.split(";")[0] ?? "").trim()));
}
