/** Renders how a run ended, or why a run was refused, as the result of a tool call. */
import type {
  CallToolResult,
  ContentBlock,
} from "@modelcontextprotocol/server";
import type { ServerError } from "../../errors.ts";
import type { Outcome, RunError, RunId } from "../../run/run.ts";
import { findTooLong } from "../refuse.ts";

const CONTENT_TYPES = new Set([
  "text",
  "image",
  "audio",
  "resource",
  "resource_link",
]);

/** @param isStructured whether the action has an output schema, so that clients expect structured content */
export function toToolResult(
  runId: RunId,
  outcome: Outcome,
  { isStructured }: { readonly isStructured: boolean },
): CallToolResult {
  if (outcome.status !== "passed") return toFailure(outcome.error, runId);
  const reason = findTooLong(runId, outcome.result);
  if (reason !== undefined)
    return {
      content: [{ type: "text", text: reason }],
      isError: true,
      _meta: { run_id: runId, code: "result_too_large" },
    };
  const value: unknown = JSON.parse(outcome.result);
  return {
    content: toContent(value, outcome.result),
    ...(isStructured ? { structuredContent: value } : {}),
    _meta: { run_id: runId },
  };
}

/** The model reads why the request was refused, and can do better. */
export function toRefusal(error: ServerError): CallToolResult {
  const { code, runId, retryAfterSeconds, errors = [] } = error;
  const lines = errors.map(
    ({ path, message }) => `${path === "" ? "The input" : path}: ${message}`,
  );
  return {
    content: [{ type: "text", text: [error.message, ...lines].join("\n") }],
    isError: true,
    _meta: {
      ...(runId === undefined ? {} : { run_id: runId }),
      code,
      ...(retryAfterSeconds === undefined
        ? {}
        : { retry_after: retryAfterSeconds }),
    },
  };
}

function toFailure(error: RunError, runId: RunId): CallToolResult {
  const { code, message, data, body } = error;
  return {
    content: [
      { type: "text", text: body ?? message },
      ...(data === undefined
        ? []
        : [{ type: "text" as const, text: JSON.stringify(data) }]),
    ],
    isError: true,
    _meta: { run_id: runId, code },
  };
}

/** A text is shown as it is, what already has the form of content as well, and everything else as JSON. */
function toContent(value: unknown, text: string): ContentBlock[] {
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (isContent(value)) return value.content;
  return [{ type: "text", text }];
}

/** Whether an action returned content of its own: images, audio, links to resources. */
function isContent(value: unknown): value is { content: ContentBlock[] } {
  if (typeof value !== "object" || value === null) return false;
  const { content } = value as { content?: unknown };
  return (
    Array.isArray(content) &&
    content.length > 0 &&
    content.every((block: { type?: unknown } | null) =>
      CONTENT_TYPES.has(String(block?.type)),
    )
  );
}
