/** `/mcp`: hands requests of MCP clients to the room that understands them, once it is known whose they are. */
import type { Caller } from "../../access/caller.ts";
import type { ByteBudget } from "../../byte-budget.ts";
import { HeldInput } from "../../run/input/held-input.ts";
import type { InputReader } from "../../run/input/input-reader.ts";
import { pause } from "../../time-slice.ts";
import { type BodyLimit, readBody } from "../actions/body.ts";
import type { OpenStreams } from "../events/open-streams.ts";
import { toResponse } from "../held-replies.ts";
import { operation } from "../operation.ts";
import { passOn } from "./pass-on.ts";

/** Answers a request in the Model Context Protocol. */
type AnswerMcp = (
  request: Request,
  details: { readonly caller: Caller; readonly body: unknown },
) => Promise<Response>;

export interface McpParts {
  readonly answerMcp: AnswerMcp;
  readonly limits: BodyLimit;
  readonly held: ByteBudget;
  readonly inputs: Pick<InputReader, "parse">;
  readonly streams: OpenStreams;
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
  handle: ({ request, caller }, parts: McpParts) =>
    answer(request, caller, parts),
});

const listenToMcp = operation({
  ...shared,
  id: "listenToMcp",
  method: "GET",
  summary: "Listen to what happens in a session",
  problems: ["overloaded", "rate_limited"],
  handle: ({ request, caller }, parts: McpParts) =>
    answer(request, caller, parts),
});

/** Any request may be answered by a stream, so that it needs the place of one. */
async function answer(
  request: Request,
  caller: Caller,
  parts: McpParts,
): Promise<Response> {
  const { answerMcp, limits, held, inputs, streams } = parts;
  using _ = streams.enter(caller);
  // The message is in memory for as long as it is being answered.
  using rooms = new DisposableStack();
  const room = rooms.use(new HeldInput(held, caller.keyId));
  const bytes = await readBody(request, limits, room);
  await pause();
  const nothing = request.method === "POST" ? {} : undefined;
  const body =
    bytes.length === 0 ? nothing : await inputs.parse(bytes, caller.keyId);
  const reply = await answerMcp(request, { caller, body });
  const { status, headers } = reply;
  if (reply.body === null) return reply;
  if (headers.get("content-type")?.startsWith("text/event-stream") !== true)
    return toResponse(await reply.text(), { status, headers });
  const kept = rooms.move();
  return passOn(reply, caller, {
    streams,
    held,
    end: () => {
      kept.dispose();
    },
  });
}

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
