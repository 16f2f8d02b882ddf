/** `/mcp`: hands requests of MCP clients to the room that understands them, once it is known whose they are. */
import type { Caller } from "../../access/caller.ts";
import { type JsonLimit, readJson } from "../actions/body.ts";
import { operation } from "../operation.ts";

/** Answers a request in the Model Context Protocol. */
type AnswerMcp = (
  request: Request,
  details: { readonly caller: Caller; readonly body: unknown },
) => Promise<Response>;

export interface McpParts {
  readonly answerMcp: AnswerMcp;
  readonly limits: JsonLimit;
}

// Each method of the protocol has a requirement of its own.
const shared = {
  path: "/mcp",
  need: "key",
  isStream: true,
  replies: {},
} as const;

const sendMcp = operation({
  ...shared,
  id: "sendMcp",
  method: "POST",
  summary: "Send a message in the Model Context Protocol",
  problems: [
    "unsupported_media_type",
    "input_too_large",
    "invalid_json",
    "invalid_input",
    "request_timed_out",
  ],
  async handle({ request, caller }, { answerMcp, limits }: McpParts) {
    const body = await readJson(request, limits);
    return await answerMcp(request, { caller, body });
  },
});

const listenToMcp = operation({
  ...shared,
  id: "listenToMcp",
  method: "GET",
  summary: "Listen to what happens in a session",
  problems: [],
  handle: ({ request, caller }, { answerMcp }: McpParts) =>
    answerMcp(request, { caller, body: undefined }),
});

const closeMcp = operation({
  ...shared,
  id: "closeMcp",
  method: "DELETE",
  summary: "Close a session",
  problems: [],
  handle: ({ request, caller }, { answerMcp }: McpParts) =>
    answerMcp(request, { caller, body: undefined }),
});

export const mcpOperations = [sendMcp, listenToMcp, closeMcp];
