/**
 * Long calls become tasks: for clients that declare the extension, a call that takes longer than a moment is answered with a
 * task, whose id is that of the run. https://modelcontextprotocol.io/seps/2663-tasks-extension
 */
import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  MissingRequiredClientCapabilityError,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { requireScope } from "../../access/caller.ts";
import { cancel } from "../../run/cancel.ts";
import { outcomeOf, type Run } from "../../run/run.ts";
import { viewOf } from "../../run/view.ts";
import type { McpParts, Whose } from "../parts.ts";
import { refusing } from "../refuse.ts";
import { toToolResult } from "../tools/tool-result.ts";
import { POLL_MS, toTaskMembers, toTtl } from "./task-members.ts";
import { taskParams } from "./task-params.ts";

export const TASKS = "io.modelcontextprotocol/tasks";
/** How long a call is waited for before it becomes a task. */
export const MOMENT_MS = 500;
/** JSON-RPC's code for what went wrong in the server: https://www.jsonrpc.org/specification#error_object */
const INTERNAL = -32_603;

/** Whether the client that sent the request knows tasks. */
export function knowsTasks({ mcpReq }: ServerContext): boolean {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY] as
    ClientCapabilities | undefined;
  return capabilities?.extensions?.[TASKS] !== undefined;
}

/** The answer to a call that goes on. */
export function toTaskResult(run: Run, parts: McpParts): CallToolResult {
  return {
    resultType: "task",
    ...toTask(run, parts),
    _meta: { run_id: run.id },
  } as unknown as CallToolResult;
}

/** @param whose finds the caller of each request */
export function serveTasks(
  server: Server,
  whose: (context: ServerContext) => Whose,
): void {
  const schemas = { params: taskParams };
  server.setRequestHandler("tasks/get", schemas, ({ taskId }, context) =>
    refusing(async () => {
      requireTasks(context);
      const { caller, parts } = whose(context);
      requireScope(caller, "read");
      const run = await viewOf(caller, parts.store).get(taskId);
      return {
        ...toTask(run, parts),
        ...(await toProgress(run, parts)),
        ...toEnd(run, parts),
      };
    }),
  );
  server.setRequestHandler("tasks/cancel", schemas, ({ taskId }, context) =>
    refusing(async () => {
      requireTasks(context);
      const { caller, parts } = whose(context);
      requireScope(caller, "cancel");
      await cancel(taskId, { ...parts, caller });
      return {};
    }),
  );
  // A run never asks for anything, so there is nothing that an update could answer.
  server.setRequestHandler("tasks/update", schemas, ({ taskId }, context) =>
    refusing(async () => {
      requireTasks(context);
      const { caller, parts } = whose(context);
      requireScope(caller, "read");
      await viewOf(caller, parts.store).get(taskId);
      return {};
    }),
  );
}

/** @throws {MissingRequiredClientCapabilityError} the client does not know tasks */
function requireTasks(context: ServerContext): void {
  if (knowsTasks(context)) return;
  throw new MissingRequiredClientCapabilityError({
    requiredCapabilities: { extensions: { [TASKS]: {} } },
  });
}

function toTask(run: Run, parts: McpParts) {
  return {
    ...toTaskMembers(run),
    status: toStatus(run),
    ttlMs: toTtl(parts),
    pollIntervalMs: POLL_MS,
  };
}

/** A tool that reports an error has completed; a task fails when its code could not even do that. */
function toStatus({ status, error }: Run) {
  if (status === "queued" || status === "running") return "working";
  if (status === "cancelled") return "cancelled";
  return error?.kind === "crashed" ? "failed" : "completed";
}

/** What the run says of itself while it goes on. */
async function toProgress(run: Run, { logs }: McpParts) {
  if (toStatus(run) !== "working") return {};
  const progress = await logs.findProgress(run.id);
  if (progress === undefined) return {};
  const percent = `${Math.round(progress.fraction * 100)} %`;
  const { message } = progress;
  return {
    statusMessage: message === null ? percent : `${percent}: ${message}`,
  };
}

function toEnd(run: Run, { catalog }: McpParts) {
  const status = toStatus(run);
  if (status === "completed") {
    const entry = catalog.find(run.package, run.action);
    const isStructured = entry?.outputSchema !== undefined;
    return { result: toToolResult(run.id, outcomeOf(run), { isStructured }) };
  }
  if (status !== "failed" || run.error === null) return {};
  const { code, message } = run.error;
  return { error: { code: INTERNAL, message, data: { run_id: run.id, code } } };
}
