/** Requests of a client of 2026 that knows tasks, which the official client does not yet. */
import type { TestServer } from "../server.ts";

const TASKS = "io.modelcontextprotocol/tasks";
const NAMED: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "tasks/get": "taskId",
  "tasks/cancel": "taskId",
  "tasks/update": "taskId",
};

/** @returns the reply: `result` or `error` */
export async function askModern(
  server: Pick<TestServer, "request">,
  method: string,
  params: Readonly<Record<string, unknown>>,
): Promise<any> {
  const named = NAMED[method];
  const reply = await server.request("/mcp", {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(named === undefined ? {} : { "mcp-name": String(params[named]) }),
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
          "io.modelcontextprotocol/clientCapabilities": {
            extensions: { [TASKS]: {} },
          },
        },
      },
    }),
  });
  return await reply.json();
}
