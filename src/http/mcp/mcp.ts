/** `/mcp`: hands requests of MCP clients to the room that understands them, once it is known whose they are. */
import type { Caller } from "../../access/caller.ts";
import type { ByteBudget } from "../../byte-budget.ts";
import { HeldInput } from "../../run/input/held-input.ts";
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
  readonly held: ByteBudget;
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
    "overloaded",
    "rate_limited",
  ],
  async handle({ request, caller }, { answerMcp, limits, held }: McpParts) {
    const room = new HeldInput(held, caller.keyId);
    try {
      const body = await readJson(request, limits, room);
      const reply = await answerMcp(request, { caller, body });
      return holdUntilEnd(reply, room);
    } catch (error) {
      room[Symbol.dispose]();
      throw error;
    }
  },
});

/** The message is in memory for as long as it is being answered. */
function holdUntilEnd(reply: Response, room: HeldInput): Response {
  const { body, status, headers } = reply;
  if (body === null || room.byteCount === 0) {
    room[Symbol.dispose]();
    return reply;
  }
  const reader = body.getReader();
  const held = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await reader.read();
        if (!done) {
          controller.enqueue(value);
          return;
        }
        room[Symbol.dispose]();
        controller.close();
      },
      async cancel(reason) {
        room[Symbol.dispose]();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(held, { status, headers });
}

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
