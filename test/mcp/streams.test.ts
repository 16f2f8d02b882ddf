/** One client over two streams, in this process. */
import { expect, test } from "bun:test";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { ANYONE } from "../../src/access/caller.ts";
import { LiveCatalog } from "../../src/catalog/live-catalog.ts";
import { McpDoor } from "../../src/mcp/door.ts";
import { openStage } from "../run/stage.ts";
import { silentLog } from "../silent-log.ts";

test("a client is served until its stream ends, and its calls are cancelled then", async () => {
  using stage = openStage();
  const { entry } = stage;
  const door = new McpDoor({
    ...stage,
    store: stage.runs,
    catalog: new LiveCatalog({
      find: () => entry,
      list: () => [entry],
      version: "1",
      notices: [],
      [Symbol.dispose]: () => {},
    }),
    log: silentLog,
    keepRunsMs: Infinity,
    version: "1.2.3",
  });
  const input = new PassThrough();
  const output = new PassThrough();
  const left = door.connect({ input, output }, ANYONE);
  const send = (id: number, method: string, params: object) =>
    input.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
  const initialized = once(output, "data");
  send(1, "initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1.0.0" },
  });
  const called = stage.nextCall();
  send(2, "tools/call", { name: "stage_act", arguments: {} });
  const { context } = await called;
  const first = JSON.parse(String((await initialized)[0]).split("\n")[0] ?? "");
  expect(first).toMatchObject({
    id: 1,
    result: { protocolVersion: "2025-06-18", serverInfo: { version: "1.2.3" } },
  });
  input.end();
  await left;
  expect(context.signal.aborted).toBe(true);
  stage.calls[0]?.end(null);
  await door[Symbol.asyncDispose]();
});
