/** Asks for a run on behalf of a client, and records in the audit log when that is refused. */
import type { ServerContext } from "@modelcontextprotocol/server";
import { requireScope } from "../access/caller.ts";
import { ServerError } from "../errors.ts";
import { type Answer, ask } from "../run/ask.ts";
import type { McpParts } from "./parts.ts";
import { toQuestion, type Wanted } from "./question.ts";

/** @throws {ServerError} `forbidden`, and what `ask` throws */
export async function askAction(
  wanted: Wanted,
  context: ServerContext,
  parts: McpParts,
): Promise<Answer> {
  try {
    requireScope(wanted.caller, "run");
    return await ask(toQuestion(wanted, context), parts);
  } catch (error) {
    if (error instanceof ServerError) record(error, wanted, parts);
    throw error;
  }
}

function record(
  { code, runId }: ServerError,
  { entry, caller }: Wanted,
  { audit }: McpParts,
): void {
  audit?.record({
    event: "run.start",
    outcome: "refused",
    key_id: caller.keyId,
    key: caller.name,
    address: caller.address,
    path: "/mcp",
    action: entry.address,
    run_id: runId,
    code,
  });
}
