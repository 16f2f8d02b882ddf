/** One MCP server: what each method answers. There is one for each request, session or connection. */
import {
  McpServer,
  ResourceNotFoundError,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { type Caller, requireScope } from "../access/caller.ts";
import {
  listResourceActions,
  readAction,
  toResource,
  toResourceTemplate,
} from "./tools/action-resources.ts";
import { callTool } from "./tools/call.ts";
import { complete } from "./tools/complete.ts";
import { listNames, namesOf } from "./tools/names.ts";
import type { McpParts } from "./parts.ts";
import { getPrompt, isPrompt, toPrompt } from "./tools/prompts.ts";
import { refusing } from "./refuse.ts";
import {
  LOG_TEMPLATE,
  readRuns,
  RUN_TEMPLATE,
  RUNS,
} from "./watch/run-resources.ts";
import { serveSessionTasks } from "./tasks/session-tasks.ts";
import { serveTasks, TASKS } from "./tasks/tasks.ts";
import { isTool, toTool } from "./tools/tools.ts";

/** What a client may rely on for how long: every list follows the key of the caller, and may change at any time. */
const PRIVATE = { ttlMs: 0, cacheScope: "private" as const };

/** The SDK checks the headers that repeat arguments against the schema it gets here. */
class ActionServer extends McpServer {
  readonly #parts: McpParts;

  constructor(parts: McpParts) {
    super(
      { name: "actiond", title: "actiond", version: parts.version },
      {
        capabilities: { logging: {} },
        cacheHints: {
          "tools/list": PRIVATE,
          "prompts/list": PRIVATE,
          "resources/list": PRIVATE,
          "resources/templates/list": PRIVATE,
          "resources/read": PRIVATE,
          "server/discover": PRIVATE,
        },
      },
    );
    this.#parts = parts;
  }

  override toolInputSchemaJson(
    name: string,
  ): Record<string, unknown> | undefined {
    return namesOf(this.#parts.catalog.current).get(name)?.inputSchema;
  }
}

export function createServer(
  parts: McpParts,
  {
    era,
    whose,
    onError,
  }: {
    /** "legacy" for clients of 2025, "modern" for those of 2026. */
    readonly era: "legacy" | "modern";
    /** Finds the caller of each request. */
    readonly whose: (context: ServerContext) => Caller;
    /** Is told of what went wrong beside a request. */
    readonly onError: (error: Error) => void;
  },
): McpServer {
  const mcp = new ActionServer(parts);
  const { server } = mcp;
  // The class has properties for its listeners, and no events.
  // oxlint-disable-next-line unicorn/prefer-add-event-listener
  server.onerror = onError;
  server.registerCapabilities({
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    completions: {},
    ...(era === "modern" ? { extensions: { [TASKS]: {} } } : {}),
  });
  const at = (context: ServerContext) => ({ caller: whose(context), parts });
  if (era === "modern") serveTasks(server, at);
  else serveSessionTasks(server, at);
  const list = (context: ServerContext) => {
    const { caller } = at(context);
    requireLooking(caller);
    return listNames(parts.catalog.current, caller);
  };

  server.setRequestHandler("tools/list", (_, context) =>
    refusing(() => ({
      tools: list(context)
        .filter(([, entry]) => isTool(entry))
        .map(([name, entry]) => toTool(name, entry, era)),
    })),
  );
  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const result = await callTool(params, context, {
      ...at(context),
      era,
    });
    const entry = namesOf(parts.catalog.current).get(params.name);
    return server.projectCallToolResult(result, entry?.outputSchema);
  });
  server.setRequestHandler("prompts/list", (_, context) =>
    refusing(() => ({
      prompts: list(context)
        .filter(([, entry]) => isPrompt(entry))
        .map(([name, entry]) => toPrompt(name, entry)),
    })),
  );
  server.setRequestHandler("prompts/get", ({ params }, context) =>
    refusing(() => getPrompt(params, context, at(context))),
  );
  server.setRequestHandler("resources/list", (_, context) =>
    refusing(() => {
      requireLooking(whose(context));
      const actions = listResourceActions(at(context));
      const fixed = actions.filter(({ isTemplate }) => !isTemplate);
      return { resources: [...fixed.map(toResource), RUNS] };
    }),
  );
  server.setRequestHandler("resources/templates/list", (_, context) =>
    refusing(() => {
      requireLooking(whose(context));
      const actions = listResourceActions(at(context));
      const templates = actions.filter(({ isTemplate }) => isTemplate);
      return {
        resourceTemplates: [
          ...templates.map(toResourceTemplate),
          RUN_TEMPLATE,
          LOG_TEMPLATE,
        ],
      };
    }),
  );
  server.setRequestHandler("resources/read", ({ params }, context) =>
    refusing(async () => {
      const { uri } = params;
      const found =
        (await readRuns(uri, at(context))) ??
        (await readAction(uri, context, at(context)));
      if (found === undefined) throw new ResourceNotFoundError(uri);
      return found;
    }),
  );
  server.setRequestHandler("completion/complete", ({ params }, context) =>
    refusing(() => complete(params, at(context))),
  );
  return mcp;
}

/** Whoever may run actions needs to know which there are. @throws {ServerError} `forbidden` */
function requireLooking(caller: Caller): void {
  if (!caller.scopes.includes("run")) requireScope(caller, "read");
}
