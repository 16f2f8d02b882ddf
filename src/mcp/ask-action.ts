/** Asks for a run on behalf of a client, and records in the audit log when that is refused. */
import type { ServerContext } from "@modelcontextprotocol/server";
import { requireScope } from "../access/caller.ts";
import { ServerError } from "../errors.ts";
import { type Answer, ask } from "../run/ask.ts";
import type { RunId } from "../run/run.ts";
import { SentRequest } from "../secrets/sent-request.ts";
import type { McpParts } from "./parts.ts";
import { toQuestion, type Wanted } from "./question.ts";
import type { Following } from "./watch/run-followers.ts";
import { toClient } from "./watch/tell-client.ts";

/** @throws {ServerError} `forbidden`, and what `ask` throws */
export async function askAction(
  wanted: Wanted,
  context: ServerContext,
  parts: McpParts,
): Promise<Answer> {
  using following = new DisposableStack();
  let follower: Following | undefined;
  try {
    requireScope(wanted.caller, "run");
    const sent = readSent(context, parts);
    following.defer(() => {
      if (sent?.isAdopted === false) sent[Symbol.dispose]();
    });
    const tell = toClient(context, wanted.entry.address, (error) => {
      parts.log.debug("A client was not told of its run.", { error });
    });
    const question = {
      ...toQuestion({ ...wanted, sent }, context),
      onAccepted(id: RunId) {
        follower = following.use(parts.followers.follow(id, tell));
      },
    };
    const answer = await ask(question, parts);
    await follower?.catchUp();
    return answer;
  } catch (error) {
    if (error instanceof ServerError) record(error, wanted, parts);
    throw error;
  }
}

/** @returns undefined over standard input */
function readSent(
  { http }: ServerContext,
  { vault }: McpParts,
): SentRequest | undefined {
  const request = http?.req;
  return request && SentRequest.read(request.headers, vault.keys);
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
