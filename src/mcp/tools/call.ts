/** `tools/call`: the call of a tool is a run of its action. */
import {
  type CallToolResult,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { ServerError } from "../../errors.ts";
import { viewOf } from "../../run/view.ts";
import { askAction } from "../ask-action.ts";
import { findNamed } from "./names.ts";
import type { Whose } from "../parts.ts";
import { toRefusal, toToolResult } from "./tool-result.ts";
import { toSessionTaskResult } from "../tasks/session-tasks.ts";
import { knowsTasks, MOMENT_MS, toTaskResult } from "../tasks/tasks.ts";
import { isTool } from "./tools.ts";

export interface ToolCall {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  /** With it a client of 2025 asks for a task. */
  readonly task?: unknown;
}

/** @throws {ProtocolError} the caller knows no tool of this name */
export async function callTool(
  call: ToolCall,
  context: ServerContext,
  { caller, parts, era }: Whose & { era: "legacy" | "modern" },
): Promise<CallToolResult> {
  const entry = findNamed(call.name, "tool", isTool, { caller, parts });
  const isAsked = call.task !== undefined && era === "legacy";
  const isTask = isAsked || knowsTasks(context);
  const wanted = {
    entry,
    input: call.arguments ?? {},
    caller,
    ...(isTask ? { waitMs: isAsked ? 0 : MOMENT_MS } : {}),
  };
  try {
    const answer = await askAction(wanted, context, parts);
    if (answer.kind === "detached") {
      // Nobody hears this: the client has given up the call.
      if (!isTask || context.mcpReq.signal.aborted) return { content: [] };
      const run = await viewOf(caller, parts.store).get(answer.runId);
      return isAsked
        ? toSessionTaskResult(run, parts)
        : toTaskResult(run, parts);
    }
    return toToolResult(answer.runId, answer.outcome, {
      isStructured: entry.outputSchema !== undefined,
    });
  } catch (error) {
    if (error instanceof ServerError) return toRefusal(error);
    throw error;
  }
}
