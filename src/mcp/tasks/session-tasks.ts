/**
 * Tasks as the specification of 2025-11-25 has them: the client asks for one with its call, and fetches the result later.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks
 */
import {
  type CallToolResult,
  RELATED_TASK_META_KEY,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { requireScope } from "../../access/caller.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import { ServerError } from "../../errors.ts";
import { cancel } from "../../run/cancel.ts";
import { lookAfterWait } from "../../run/look.ts";
import { outcomeOf, type Run } from "../../run/run.ts";
import { viewOf } from "../../run/view.ts";
import type { McpParts, Whose } from "../parts.ts";
import { refusing } from "../refuse.ts";
import { POLL_MS, toTaskMembers, toTtl } from "./task-members.ts";
import { pageParams, taskParams } from "./task-params.ts";
import { toToolResult } from "../tools/tool-result.ts";

const LISTED_COUNT = 50;

/** The answer to a call that asked for a task. */
export function toSessionTaskResult(run: Run, parts: McpParts): CallToolResult {
  // Without content the SDK takes it for an invalid result.
  const { statusMessage: _, ...task } = toTask(run, parts);
  return {
    content: [],
    // A task begins so, however fast it is.
    task: { ...task, status: "working" },
    _meta: { run_id: run.id },
  };
}

/** @param whose finds the caller of each request */
export function serveSessionTasks(
  server: Server,
  whose: (context: ServerContext) => Whose,
): void {
  server.registerCapabilities({
    tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
  });
  const schemas = { params: taskParams };
  const get = async (taskId: string, { caller, parts }: Whose) =>
    toTask(await viewOf(caller, parts.store).get(taskId), parts);
  server.setRequestHandler("tasks/get", schemas, ({ taskId }, context) =>
    refusing(async () => {
      requireScope(whose(context).caller, "read");
      return await get(taskId, whose(context));
    }),
  );
  server.setRequestHandler("tasks/result", schemas, ({ taskId }, context) =>
    refusing(async () => {
      const { result, entry } = await waitForResult(
        taskId,
        context,
        whose(context),
      );
      return server.projectCallToolResult(result, entry?.outputSchema);
    }),
  );
  server.setRequestHandler("tasks/cancel", schemas, ({ taskId }, context) =>
    refusing(async () => {
      const { caller, parts } = whose(context);
      requireScope(caller, "cancel");
      if ((await cancel(taskId, { ...parts, caller })) === "not-running")
        throw new ServerError(
          "invalid_parameter",
          `The task ${JSON.stringify(taskId)} has ended already.`,
        );
      return await get(taskId, { caller, parts });
    }),
  );
  server.setRequestHandler(
    "tasks/list",
    { params: pageParams },
    ({ cursor }, context) => refusing(() => listTasks(cursor, whose(context))),
  );
}

async function waitForResult(
  taskId: string,
  { mcpReq }: ServerContext,
  { caller, parts }: Whose,
): Promise<{ result: CallToolResult; entry: CatalogEntry | undefined }> {
  requireScope(caller, "read");
  const { signal } = mcpReq;
  const asked = { ...parts, caller, signal };
  const run = await lookAfterWait(taskId, Infinity, asked);
  const entry = parts.catalog.find(run.package, run.action);
  const isStructured = entry?.outputSchema !== undefined;
  const result = toToolResult(run.id, outcomeOf(run), { isStructured });
  const { _meta: meta } = result;
  const related = { ...meta, [RELATED_TASK_META_KEY]: { taskId } };
  return { result: { ...result, _meta: related }, entry };
}

async function listTasks(cursor: number | undefined, { caller, parts }: Whose) {
  requireScope(caller, "read");
  const { runs, hasMore } = await viewOf(caller, parts.store).list({
    limit: LISTED_COUNT,
    ...(cursor === undefined ? {} : { before: cursor }),
  });
  const last = runs.at(-1);
  return {
    tasks: runs.map((run) => toTask(run, parts)),
    ...(hasMore && last !== undefined
      ? { nextCursor: String(last.numberedId) }
      : {}),
  };
}

function toTask(run: Run, parts: McpParts) {
  return {
    ...toTaskMembers(run),
    status: toStatus(run),
    ttl: toTtl(parts),
    pollInterval: POLL_MS,
  };
}

function toStatus({ status }: Run) {
  if (status === "queued" || status === "running") return "working" as const;
  return status === "passed" ? ("completed" as const) : status;
}
