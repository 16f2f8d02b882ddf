/** MCP over standard input and output: one client, for as long as its input is open. */
import {
  serveStdio,
  StdioServerTransport,
} from "@modelcontextprotocol/server/stdio";
import type { Caller } from "../access/caller.ts";
import { followChanges } from "./watch/follow-changes.ts";
import type { McpParts, McpStreams } from "./parts.ts";
import { createServer } from "./server.ts";

/** The size that one message may have. */
const MAX_MESSAGE_BYTES = 64 * 1024 ** 2;

export async function serveStreams(
  { input, output }: McpStreams,
  caller: Caller,
  parts: McpParts,
): Promise<void> {
  using stack = new DisposableStack();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  input.once("end", resolve).once("close", resolve);
  const onerror = (error: Error) => {
    parts.log.warn("An MCP message could not be handled.", { error });
  };
  const connection = serveStdio(
    ({ era }) => {
      const mcp = createServer(parts, {
        era,
        whose: () => caller,
        onError: onerror,
      });
      stack.use(followChanges(mcp.server, { ...parts, caller }));
      return mcp;
    },
    {
      transport: new StdioServerTransport(input, output, {
        maxBufferSize: MAX_MESSAGE_BYTES,
      }),
      onerror,
    },
  );
  await ended;
  await connection.close();
}
