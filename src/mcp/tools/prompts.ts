/** Actions of the kind "prompt": a run makes the messages. */
import type {
  GetPromptResult,
  Prompt,
  PromptMessage,
  ServerContext,
} from "@modelcontextprotocol/server";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import { askAction } from "../ask-action.ts";
import { toInput, toMembers } from "./members.ts";
import { findNamed } from "./names.ts";
import type { Whose } from "../parts.ts";
import { requirePassed } from "../refuse.ts";
import { toDisplay } from "./tools.ts";

export function isPrompt({ action }: CatalogEntry): boolean {
  return action.presentation.kind === "prompt";
}

export function toPrompt(name: string, entry: CatalogEntry): Prompt {
  return {
    name,
    ...toDisplay(entry),
    description: entry.description ?? `Runs ${entry.address}.`,
    arguments: toMembers(entry).map(({ member, schema, isRequired }) => ({
      name: member,
      description: schema.description,
      required: isRequired,
    })),
  };
}

/** @throws {ProtocolError} there is no such prompt, or its run did not pass */
export async function getPrompt(
  asked: {
    name: string;
    arguments?: Readonly<Record<string, string>> | undefined;
  },
  context: ServerContext,
  { caller, parts }: Whose,
): Promise<GetPromptResult> {
  const entry = findPrompt(asked.name, { caller, parts });
  const input = toInput(entry, asked.arguments ?? {});
  const answer = await askAction({ entry, input, caller }, context, parts);
  if (answer.kind === "detached") return { messages: [] };
  const result = requirePassed(answer.runId, answer.outcome);
  return {
    ...toMessages(JSON.parse(result), result),
    _meta: { run_id: answer.runId },
  };
}

/** @throws {ProtocolError} the caller knows no prompt of this name */
export function findPrompt(name: string, whose: Whose): CatalogEntry {
  return findNamed(name, "prompt", isPrompt, whose);
}

/** A text is one message of the user; a list, or `{ messages }`, is taken as it is. */
function toMessages(value: unknown, text: string): GetPromptResult {
  if (Array.isArray(value)) return { messages: value as PromptMessage[] };
  if (typeof value === "object" && value !== null && "messages" in value)
    return value as GetPromptResult;
  const content = {
    type: "text" as const,
    text: typeof value === "string" ? value : text,
  };
  return { messages: [{ role: "user", content }] };
}
